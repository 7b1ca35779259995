export default {
  fetch(): Response {
    return new Response('The tests use the bindings themselves.')
  },
}
