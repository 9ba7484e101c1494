"""`brownout schema`: the JSON Schema of scenarios."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Print the JSON Schema of scenarios, for editors that complete and check as you type.

    It knows the providers, operations and faults that are installed here, plugins included.

    \b
    Examples:
      brownout schema > brownout.schema.json
    Then begin a scenario with this line, which editors with a YAML language server understand:
      # yaml-language-server: $schema=brownout.schema.json
    """
    import orjson

    from brownout.assembly import registries
    from brownout.scenario.json_schema import schema

    click.echo(orjson.dumps(schema(registries()), option=orjson.OPT_INDENT_2))
