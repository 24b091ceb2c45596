"""Run the catalog: `python -m services.catalog`."""

from services.catalog.app import create_app
from services.catalog.settings import Settings
from shared.service import run

settings = Settings()
run(create_app(settings), settings)
