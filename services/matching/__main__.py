"""Run matching: `python -m services.matching`."""

from services.matching.app import create_app
from services.matching.settings import Settings
from shared.service import run

settings = Settings()
run(create_app(settings), settings)
