//! Workflows: what reaches the plan, and what is refused.

use super::*;
use crate::options::WorkflowExport;

fn workflow(binding: &str, name: &str, class: &str, step_limit: Option<u32>) -> Binding {
  Binding {
    name: binding.into(),
    kind: BindingKind::Workflow {
      workflow_name: name.into(),
      worker: None,
      class_name: class.into(),
      step_limit,
    },
  }
}

#[test]
fn a_file_and_options_have_workflows() {
  let plan = wrangler(
    r#"{
      "name": "shop",
      "workflows": [
        { "binding": "A", "name": "a", "class_name": "Flow" },
        { "binding": "B", "name": "b", "class_name": "Flow", "script_name": "shop",
          "limits": { "steps": 3 }, "schedules": ["0 * * * *"], "default_retention": {} },
        { "binding": "C", "name": "c", "class_name": "Old" },
      ],
    }"#,
  )
  .options(json!({
    "additionalExports": { "Seen": "WorkflowEntrypoint", "Flow": "WorkflowEntrypoint" },
    "miniflare": { "workflows": {
      "C": { "name": "c", "className": "New", "stepLimit": 7 },
      "D": { "name": "d", "className": "Flow", "scriptName": "vitest-plugin-runner-api" },
    } },
  }))
  .plan();
  let expected = [
    workflow("A", "a", "Flow", None),
    workflow("B", "b", "Flow", Some(3)),
    workflow("C", "c", "New", Some(7)),
    workflow("D", "d", "Flow", None),
  ];
  assert_eq!(plan.bindings, expected);
  assert_eq!(plan.workflow_classes(), ["Flow", "New", "Seen"]);
}

#[test]
fn workflows_can_be_declared_without_a_binding() {
  let project = wrangler(
    r#"{
      "exports": {
        "Flow": { "type": "workflow", "name": "flow", "limits": { "steps": 3 } },
        "Bound": { "type": "workflow", "name": "bound" },
      },
      "workflows": [{ "binding": "A", "name": "bound", "class_name": "Bound" }],
    }"#,
  );
  let plan = project.plan();
  let export = |class: &str, name: &str, step_limit| WorkflowExport {
    class_name: class.into(),
    workflow_name: name.into(),
    step_limit,
  };
  assert_eq!(
    plan.workflow_exports,
    [
      export("Flow", "flow", Some(3)),
      export("Bound", "bound", None)
    ]
  );
  assert_eq!(plan.workflow_classes(), ["Bound", "Flow"]);
}

#[test]
fn a_name_is_that_of_one_class() {
  let messages = wrangler(
    r#"{
      "exports": {
        "A": { "type": "workflow", "name": "one" },
        "B": { "type": "workflow", "name": "one" },
        "C": { "type": "workflow", "name": "two" },
      },
      "workflows": [{ "binding": "D", "name": "two", "class_name": "D" }],
    }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "error: the name `one` is that of more than one Workflow",
      "error: the name `two` is that of more than one Workflow",
    ]
  );
}

#[test]
fn mistakes_in_exports() {
  let messages = wrangler(
    r#"{ "exports": {
      "A": { "type": "workflow" },
      "B": { "type": "workflow", "name": "b", "limits": { "steps": "3" } },
      "C": { "type": "wroker" },
      "D": "workflow",
    } }"#,
  )
  .messages();
  assert_eq!(
    messages,
    [
      "error: `exports.A` has no `name`",
      "error: `exports.B.limits.steps` is the string \"3\"",
      "error: `exports.C.type` is the string \"wroker\"",
      "error: `exports.D` is the string \"workflow\"",
    ]
  );
}

#[test]
fn a_name_has_64_characters() {
  let longest = "ü".repeat(64);
  let plan = project(json!({ "miniflare": { "workflows": {
    "A": { "name": longest, "className": "A" },
  } } }))
  .plan();
  assert_eq!(plan.bindings, [workflow("A", &longest, "A", None)]);
}

#[test]
fn mistakes_in_a_file() {
  let long = "x".repeat(65);
  let text = format!(
    r#"{{ "workflows": [
      1,
      {{}},
      {{ "binding": "A", "name": "", "class_name": "A" }},
      {{ "binding": "B", "name": "{long}", "class_name": "B" }},
      {{ "binding": "C", "name": 1, "class_name": [], "limits": {{ "steps": 0 }} }},
      {{ "binding": "D", "name": "d", "class_name": "D", "script_name": "other" }},
      {{ "binding": "E", "name": "e", "class_name": "E" }},
      {{ "binding": "F", "name": "e", "class_name": "F" }},
      {{ "binding": "E", "name": "g", "class_name": "E", "limit": 1 }},
    ] }}"#
  );
  let messages = wrangler(&text).messages();
  let start = "x".repeat(60);
  assert_eq!(
    messages,
    [
      "error: `workflows[0]` is the number 1",
      "error: `workflows[1]` has no `binding`",
      "error: `workflows[1]` has no `name`",
      "error: `workflows[1]` has no `class_name`",
      "error: `workflows[2].name` is the string \"\"",
      &format!("error: `workflows[3].name` is the string \"{start}\"…"),
      "error: `workflows[4].name` is the number 1",
      "error: `workflows[4].class_name` is an empty array",
      "error: `workflows[4].limits.steps` is the number 0",
      "warning: Unexpected fields found in workflows[8] field: \"limit\"",
      "error: E assigned to multiple Workflow bindings.",
      "error: the Workflow binding `D` refers to the Worker `other`, which is not there",
      "error: the name `e` is that of more than one Workflow",
    ]
  );
}

#[test]
fn mistakes_in_options() {
  let messages = project(json!({ "miniflare": { "workflows": {
    "A": "Flow",
    "B": { "name": "b" },
    "C": { "name": "c", "className": "C", "stepLimit": 1.5 },
    "D": { "name": "d", "className": "D", "class_name": "D" },
  } } }))
  .messages();
  assert_eq!(
    messages,
    [
      "error: `miniflare.workflows.A` is the string \"Flow\"",
      "error: `miniflare.workflows.B` has no `className`",
      "error: `miniflare.workflows.C.stepLimit` is the number 1.5",
      "error: unknown option `miniflare.workflows.D.class_name`",
    ]
  );
}

#[test]
fn mistakes_say_what_to_do() {
  let file = r#"{
  "workflows": [
    { "binding": "A", "name": "a", "class_name": "A", "script_name": "other" },
    { "binding": "B", "name": "b", "class_name": "B" },
    { "binding": "C", "name": "b", "class_name": "C" },
  ],
}"#;
  insta::assert_snapshot!(wrangler(file).errors(), @r#"
  Invalid options for project `api` (vitest.config.ts)

  error: the Workflow binding `A` refers to the Worker `other`, which is not there
   --> wrangler.jsonc:3:18
    |
  3 |     { "binding": "A", "name": "a", "class_name": "A", "script_name": "other" },
    |                  ^^^
    |
    = help: add its Wrangler file to `auxiliaryWorkers` or its built code to `miniflare.workers`, or override the binding in `miniflare`

  error: the name `b` is that of more than one Workflow
   --> wrangler.jsonc:5:18
    |
  5 |     { "binding": "C", "name": "b", "class_name": "C" },
    |                  ^^^
    |
    = help: give each Workflow a name of its own
  "#);
}
