#!/usr/bin/env node
/**
 * Plays one workerd: the same command line, control pipe and sockets, but no isolate. What arrives on
 * the runner's socket goes back as it came.
 *
 * A test puts a symbolic link to this file into `<stage>/bin/`. Its name says how this process
 * misbehaves (see `BEHAVIOURS`), and `<stage>/stage.sock` is where the test listens: there we say who
 * we are, and obey commands (see `COMMANDS`). That connection ends with the process, which is how a
 * test knows that a process is gone without looking for its number.
 *
 * Only what comes with Node; nothing is installed for this.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, readFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'

const MEBIBYTE = 1 << 20
// The one GUID of RFC 6455.
const WEB_SOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const OPCODE = { BINARY: 0x2, CLOSE: 0x8, PING: 0x9, PONG: 0xa }
const KIND = { MESSAGE: 1, RESPONSE: 3 }

/** Standard input is the control pipe, as `--control-fd=0` says. */
const CONTROL = 0
const LISTENING = '{"event":"listen","socket":"runner","port":0}\n'

const behaviour = path.basename(process.argv[1])
const stageFolder = path.dirname(path.dirname(process.argv[1]))
const stage = connect(path.join(stageFolder, 'stage.sock'))
/** The runner's socket, once somebody opened it. */
let runner
let onConnected
const connected = new Promise((resolve) => (onConnected = resolve))

/** What happens instead of, or before, `listen()`. */
const BEHAVIOURS = {
  /** Is a good one. */
  workerd: () => listen(),
  /** Waits to be told. */
  gated: () => {},
  /** Does not like its configuration. */
  exits() {
    writeSync(2, 'service runner: No such compatibility flag: x\n')
    process.exit(1)
  },
  /** Runs into a wall. */
  dies: () => process.kill(process.pid, 'SIGKILL'),
  /** Prints far more than pipes hold, as one line and in many, before it listens. */
  floods() {
    // Through the streams, which wait for room: the pipes may not be blocking.
    process.stdout.write(Buffer.alloc(4 * MEBIBYTE, 'x'))
    const line = `${'y'.repeat(1023)}\n`
    process.stderr.write(line.repeat(4 * 1024))
    process.stderr.write('the flood is over\n', listen)
  },
  /** Says other things on the control pipe first: not JSON, not text, another event, a long line. */
  babbles() {
    writeSync(CONTROL, 'nonsense\n{"event":"listen-inspector","port":1}\n\n')
    writeSync(CONTROL, Buffer.from([0xff, 0xfe, 0x00, 0x0a]))
    writeSync(CONTROL, `${'z'.repeat(32 * 1024)}\n`)
    listen()
  },
  /** Lets go of the control pipe without having listened, and stays. */
  'hangs-up': () => closeSync(CONTROL),
  /** Says that it listens, and does not. */
  lies: () => writeSync(CONTROL, LISTENING),
  /** Listens, but opens the door to nobody. */
  refuses: () => listen(),
  /** Starts a process of its own, which does not end with it by itself. */
  parent() {
    const file = path.join(stageFolder, 'bin', 'gated')
    spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit'] })
    listen()
  },
}

/** What a test may ask for at any time, through the stage or with a message that starts with `!`. */
const COMMANDS = {
  listen: () => listen(),
  exit: (code) => process.exit(Number(code)),
  kill: (signal) => process.kill(process.pid, signal),
  say: (text) => writeSync(2, `${text}\n`),
  /** Says the numbers up to this one, each on a line. */
  count(last) {
    for (let number = 1; number <= Number(last); number += 1) writeSync(2, `line ${number}\n`)
  },
  /** Ends the WebSocket politely. */
  close: () => sendFrame(OPCODE.CLOSE, Buffer.from([0x03, 0xe8])),
  /** Ends the connection under the WebSocket. */
  break: () => runner.destroy(),
  /** Sends these bytes as one binary frame. */
  frame: (hex) => sendFrame(OPCODE.BINARY, Buffer.from(hex, 'hex')),
  /** Sends these bytes without any frame. */
  raw: (hex) => runner.write(Buffer.from(hex, 'hex')),
  /** Asks the host whether it is there, once it can be. The answer is reported to the stage. */
  ping: () => connected.then(() => sendFrame(OPCODE.PING, Buffer.alloc(0))),
}

function obey(command) {
  const [name, argument] = command.split(/ (.*)/s)
  COMMANDS[name](argument)
}

function report(line) {
  stage.write(`${JSON.stringify(line)}\n`)
}

stage.on('error', () => process.exit(70))
stage.on('connect', () => {
  const option = (name) => process.argv.find((argument) => argument.startsWith(name))?.slice(name.length)
  report({
    pid: process.pid,
    folder: process.cwd(),
    arguments: process.argv.slice(2),
    durableObjects: option('durable-objects='),
  })
  BEHAVIOURS[behaviour]()
})
let commands = ''
stage.setEncoding('utf8')
stage.on('data', (text) => {
  const lines = (commands + text).split('\n')
  commands = lines.pop()
  lines.forEach(obey)
})
// The test is over, or died.
stage.on('end', () => process.exit(71))

function listen() {
  const server = createServer()
  server.on('upgrade', (request, socket) => {
    const secret = request.headers['x-vpw-secret']
    const knows = secret && readFileSync(process.argv.at(-1)).includes(secret)
    if (behaviour === 'refuses' || !knows) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const key = request.headers['sec-websocket-key'] + WEB_SOCKET_GUID
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}\r\n\r\n`,
    )
    runner = socket
    onConnected()
    socket.on('error', () => {})
    readFrames(socket, onFrame)
  })
  server.listen('runner.sock', () => writeSync(CONTROL, LISTENING))
}

/** Calls back for each frame that the other side sends. It masks them, and does not fragment. */
function readFrames(socket, callback) {
  let chunks = []
  let bytes = 0
  let bytesWanted = 2
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    bytes += chunk.length
    while (bytes >= bytesWanted) {
      // Joined only when there is enough, or large frames would be copied once for each chunk.
      const buffer = Buffer.concat(chunks)
      chunks = [buffer]
      bytesWanted = frameBytes(buffer)
      if (bytes < bytesWanted) return
      const frame = buffer.subarray(0, bytesWanted)
      chunks = [buffer.subarray(bytesWanted)]
      bytes -= bytesWanted
      bytesWanted = 2
      callback(frame[0] & 0x0f, unmasked(frame))
    }
  })
}

const extendedBytes = (buffer) => ({ 126: 2, 127: 8 })[buffer[1] & 0x7f] ?? 0

/** How long the frame at the start of the buffer is; what has to be there to know more, if too short. */
function frameBytes(buffer) {
  const head = 2 + extendedBytes(buffer)
  if (buffer.length < head) return head
  const short = buffer[1] & 0x7f
  const payload =
    short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short
  return head + 4 + payload
}

function unmasked(frame) {
  const start = 2 + extendedBytes(frame) + 4
  const mask = frame.subarray(start - 4, start)
  const payload = Buffer.from(frame.subarray(start))
  for (let index = 0; index < payload.length; index += 1) payload[index] ^= mask[index & 3]
  return payload
}

function sendFrame(opcode, payload) {
  const head = Buffer.alloc(10)
  head[0] = 0x80 | opcode
  head[1] = 127
  head.writeBigUInt64BE(BigInt(payload.length), 2)
  // The shortest form is the only valid one, and control frames have no other.
  const short = payload.length < 126
  const middle = !short && payload.length < 0x10000
  if (short) head[1] = payload.length
  if (middle) {
    head[1] = 126
    head.writeUInt16BE(payload.length, 2)
  }
  runner.write(Buffer.concat([head.subarray(0, short ? 2 : middle ? 4 : 10), payload]))
}

function onFrame(opcode, payload) {
  if (opcode === OPCODE.PONG) report('pong')
  if (opcode !== OPCODE.BINARY) return
  const echo = []
  for (const { kind, bytes, body } of readEnvelopes(payload)) {
    const isCommand = kind === KIND.MESSAGE && body[0] === 0x21
    if (isCommand) {
      obey(body.toString('utf8', 1))
      continue
    }
    // The host's answers come back as messages, for the test to see.
    if (kind === KIND.RESPONSE) bytes[1] = KIND.MESSAGE
    echo.push(bytes)
  }
  if (echo.length > 0) sendFrame(OPCODE.BINARY, Buffer.concat(echo))
}

/** MessagePack arrays `[kind, channel, id, body]`, end to end. */
function* readEnvelopes(frame) {
  const widths = { 0xcc: 1, 0xcd: 2, 0xce: 4, 0xc4: 1, 0xc5: 2, 0xc6: 4 }
  let offset = 0
  const number = () => {
    const marker = frame[offset++]
    const width = widths[marker]
    if (width === undefined) return marker
    offset += width
    return frame.readUIntBE(offset - width, width)
  }
  while (offset < frame.length) {
    const start = offset
    offset += 1
    const kind = number()
    number()
    number()
    const bodyBytes = number()
    offset += bodyBytes
    yield { kind, bytes: frame.subarray(start, offset), body: frame.subarray(offset - bodyBytes, offset) }
  }
}
