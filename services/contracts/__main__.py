"""Run the contracts service: `python -m services.contracts`."""

from services.contracts.app import create_app
from services.contracts.settings import Settings
from shared.service import run

settings = Settings()
run(create_app(settings), settings)
