"""Run verification: `python -m services.verification`."""

from services.verification.app import create_app
from services.verification.settings import Settings
from shared.service import run

settings = Settings()
run(create_app(settings), settings)
