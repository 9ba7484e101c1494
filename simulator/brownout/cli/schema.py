"""`brownout schema`: the JSON Schema of scenarios, or of verdicts."""

from __future__ import annotations

import click


@click.command()
@click.option("--verdict", is_flag=True, help="The schema of verdict.json, for programs that read it.")
def command(*, verdict: bool) -> None:
    """Print the JSON Schema of scenarios, for editors that complete and check as you type.

    It knows the providers, operations and faults that are installed here, plugins included.

    \b
    Examples:
      brownout schema > brownout.schema.json
      brownout schema --verdict > verdict.schema.json
    Then begin a scenario with this line, which editors with a YAML language server understand:
      # yaml-language-server: $schema=brownout.schema.json
    """
    import orjson

    from brownout.assembly import registries
    from brownout.scenario import json_schema
    from brownout.verdict import VERSION
    from brownout.verdict import schema as verdict_schema

    found = verdict_schema.schema(VERSION) if verdict else json_schema.schema(registries())
    click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
