"""Entry point of the `market` command."""

import typer

from cli import doctor, parked, rebuild, schemas, seeding, tail, topics, up
from cli.demo import command as demo

app = typer.Typer(help="Run and look after a technology market.", no_args_is_help=True)
app.command(help=up.HELP)(up.up)
app.command(help=demo.HELP)(demo.demo)
app.command(help=seeding.HELP)(seeding.seed)
app.add_typer(tail.app, name="events")
app.add_typer(parked.app, name="parked")
app.command(help=rebuild.HELP)(rebuild.rebuild)
app.command(help=doctor.HELP)(doctor.doctor)
app.add_typer(topics.app, name="topics")
app.add_typer(schemas.app, name="schemas")

if __name__ == "__main__":
    app()
