"""Run the gateway: `python -m services.gateway`."""

from services.gateway.app import create_app
from services.gateway.settings import Settings
from shared.service import run

settings = Settings()
run(create_app(settings), settings)
