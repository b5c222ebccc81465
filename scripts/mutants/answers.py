"""Defects of questions, rules and overlays: which answers there are, which go together, and what each adds."""

from .base import Create, Mutant, Rename, Replace, core, overlay

OVERLAYS = "tests/generator/test_overlays.py"
RULES = "tests/generator/test_rules.py"
REFUSAL = (
    "  validator: \"{% from 'template/_includes/rules.jinja' import refusal with context %}"
    "{{ refusal('iac', iac) }}\"\n"
)
STRANGERS = """    - id: ci-engine-needs-ci
      when: {orchestrator: [ci]}
      excludes: {ci: [none]}
      reason: the CI provider can run the pipeline only if there is a CI provider
"""

MUTANTS = (
    Mutant(
        "folder-misspelt",
        "overlay folder misspelt, so that it never renders",
        Rename(overlay("orchestrator/orchestrator_airflow", ""), overlay("orchestrator/orchestrator_airfow", "")),
        f"{OVERLAYS}::test_every_overlay_is_made_of_choices",
    ),
    Mutant(
        "overlay-not-listed",
        "overlay with slots that questions/overlays.yml does not list",
        Replace("questions/overlays.yml", '      "serving/serving_rest",\n', ""),
        "lint:-m mlops_new.overlays --check",
    ),
    Mutant(
        "switch-misspelt",
        "switch of an overlay misspelt in a condition",
        Replace(core("Dockerfile.jinja"), "USER 10001\n", "USER 10001\n{% if use.orchestrator_airfow %}{% endif %}"),
        "proof:trace",
    ),
    Mutant(
        "switch-dynamic",
        "answer read in a way that cannot be traced",
        Replace(core("docs/decisions.md.jinja"), "| CI | {{ ci }} |", '| CI | {{ ci if use["ci_" ~ ci] }} |'),
        "proof:trace",
    ),
    Mutant(
        "name-undefined",
        "undefined variable in one overlay",
        Replace(
            overlay("orchestrator/orchestrator_prefect", "_slots.jinja"),
            "{{ package }}.adapters.submission",
            "{{ packge }}.adapters.submission",
        ),
        "proof:trace",
    ),
    Mutant(
        "block-unclosed",
        "Jinja block that is not closed",
        Replace(
            overlay("serving/serving_rest", "_slots.jinja"),
            "{%- endif %}\n{% endmacro %}",
            "{% endmacro %}",
        ),
        "proof:trace",
    ),
    Mutant(
        "path-twice",
        "two overlays that go together write one path",
        Create(overlay("ci/ci_github", "compose.yaml.jinja"), "services: {}\n"),
        f"{OVERLAYS}::test_no_two_overlays_that_go_together_write_one_path",
    ),
    Mutant(
        "path-twice-proved",
        "two overlays that go together write one path",
        Create(overlay("cloud/cloud_aws", "dags/training.py.jinja"), '"""Nothing."""\n'),
        "proof:paths",
    ),
    Mutant(
        "slot-unknown",
        "slot that no overlay fills, since its name is misspelt",
        Replace(core("Makefile.jinja"), '{{ slot("makefile") }}', '{{ slot("makefle") }}'),
        f"{OVERLAYS}::test_every_slot_is_filled_and_every_filling_is_used",
    ),
    Mutant(
        "slot-unused",
        "text for a slot that no shared file calls",
        Replace(
            overlay("tracker/tracker_wandb", "_slots.jinja"),
            "{% macro readme_sections_md() %}\n",
            "{% macro readme_tracking_md() %}\n| `tracking/` | runs |\n{% endmacro %}\n\n"
            "{% macro readme_sections_md() %}\n",
        ),
        f"{OVERLAYS}::test_every_slot_is_filled_and_every_filling_is_used",
    ),
    Mutant(
        "condition-in-core",
        "condition on a choice in a shared file",
        Replace(
            core("config.toml.jinja"),
            '{{ slot("config_toml") }}',
            '{% if tracker == "wandb" %}# W&B\n{% endif %}{{ slot("config_toml") }}',
        ),
        f"{OVERLAYS}::test_shared_files_hold_no_condition_on_an_axis_with_overlays",
    ),
    Mutant(
        "engine-elsewhere",
        "condition on an engine outside its folders",
        Replace(
            overlay("triggers/triggers_drift", "_slots.jinja"),
            '{{ slot("retraining_now_md") | trim or "pipeline-submit" }}',
            'pipeline{{ "" if use.orchestrator_none else "-submit" }}{{ slot("retraining_now_md") and "" }}',
        ),
        f"{OVERLAYS}::test_only_folders_of_an_axis_know_which_choice_it_is",
    ),
    Mutant(
        "choice-without-folder",
        "choice offered with no overlay folder",
        Replace(
            "questions/2_architecture.yml",
            "      when: tracking and remote execution in one\n"
            "      status: planned\n"
            "      validator: planned for a later release\n",
            "      when: tracking and remote execution in one\n",
        ),
        f"{OVERLAYS}::test_every_choice_has_its_folder",
    ),
    Mutant(
        "choice-lost",
        "choice lost from the catalogue",
        Replace(
            "questions/2_architecture.yml",
            "    Comet:\n"
            "      value: comet\n"
            "      when: a hosted service with model comparison\n"
            "      status: planned\n"
            "      validator: planned for a later release\n",
            "",
        ),
        "tests/generator/test_catalog.py::test_every_choice_of_the_product_is_declared",
    ),
    Mutant(
        "axis-forgotten",
        "question left out of the list that rules and overlays are decided from",
        Replace("template/_includes/axes.jinja", '  "drift": drift,\n', ""),
        "lint:-m mlops_new.overlays --check",
    ),
    Mutant(
        "rule-removed",
        "rule removed",
        Replace("questions/rules.yml", STRANGERS, ""),
        f"{RULES}::test_rules_and_oracle_agree_over_the_raw_space",
    ),
    Mutant(
        "rule-weakened",
        "rule that refuses too little",
        Replace("questions/rules.yml", "excludes: {orchestrator: [none, ci]}", "excludes: {orchestrator: [none]}"),
        f"{RULES}::test_rules_and_oracle_agree_over_the_raw_space",
    ),
    Mutant(
        "rule-misread",
        "rules that the program and copier decide differently",
        Replace("src/mlops_new/rules.py", "return any(value in wanted for", "return all(value in wanted for"),
        f"{RULES}::test_rules_and_oracle_agree_over_the_raw_space",
    ),
    Mutant(
        "validator-removed",
        "question without its validator, so that plain copier takes what the wizard refuses",
        Replace("questions/3_infrastructure.yml", REFUSAL, ""),
        f"{RULES}::test_each_rule_is_reported_by_the_validator_of_its_last_question",
    ),
    Mutant(
        "recommendation-invalid",
        "recommendation that breaks a rule",
        Replace("questions/3_infrastructure.yml", "{{ 'none' if cloud == 'local' else 'terraform' }}", "terraform"),
        "tests/generator/test_answers.py::test_every_recommendation_is_valid",
    ),
    Mutant(
        "question-never-asked",
        "question that no answers call for",
        Replace("questions/2_architecture.yml", "{{ cloud == 'aws' }}", "{{ cloud == 'AWS' }}"),
        "tests/generator/test_questionnaire.py::test_a_question_that_does_not_apply_is_left_out",
    ),
    Mutant(
        "text-unchecked",
        "free text that is not checked any more",
        Replace(
            "questions/0_project.yml",
            'description | regex_search("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")',
            'description | regex_search("[\\x00-\\x1f\\x7f-\\x9f]")',
        ),
        "tests/generator/test_hostile.py::test_a_description_that_cannot_be_one_line_is_refused",
    ),
    Mutant(
        "cron-impossible",
        "computed answer that is wrong for one choice",
        Replace("questions/use.yml", '"0 3 1 * *"', '"0 3 0 * *"'),
        "tests/generator/test_schedule.py::test_the_schedule_is_as_frequent_as_was_answered",
    ),
    Mutant(
        "reference-stale",
        "reference that differs from the questions",
        Replace("questions/1_requirements.yml", "when: yesterday's data matters", "when: yesterday's data counts"),
        "lint:-m mlops_new.reference --check",
    ),
    Mutant(
        "slots-stale",
        "filled slot that docs/template.md does not know of",
        Replace(
            overlay("cloud/cloud_aws", "_slots.jinja"),
            "{% macro env_example() %}\n",
            "{% macro logs_py() %}\n{% endmacro %}\n\n{% macro env_example() %}\n",
        ),
        "lint:scripts/slots.py --check",
    ),
    Mutant(
        "lock-stale",
        "dependency added without make lock",
        Replace(
            overlay("tracker/tracker_wandb", "_slots.jinja"),
            '    "wandb>=0.24,<1",\n',
            '    "wandb>=0.24,<1",\n    "tabulate>=0.9",\n',
        ),
        "lint:scripts/lock_template.py --check",
    ),
)
