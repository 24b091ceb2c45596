# One recipe for every image:
#   docker build --build-arg SERVICE=catalog --tag techmarket/catalog .     (verification, matching, contracts, gateway)
#   docker build --target tools --tag techmarket/tools .                    (the `market` command)
# An image holds its service, what the services share, and their dependencies; no installer, and no embedded servers.
# The oldest Python the market promises to run on, and the one its tests and figures were made with.
ARG PYTHON=3.11.14-slim-bookworm

FROM python:${PYTHON} AS packages
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
COPY pyproject.toml uv.lock ./
ENV UV_PROJECT_ENVIRONMENT=/opt/market UV_PYTHON_DOWNLOADS=never
RUN uv sync --locked --no-dev --no-install-project --compile-bytecode

FROM python:${PYTHON} AS base
RUN pip uninstall --yes pip \
    && groupadd --gid 10001 market \
    && useradd --uid 10001 --gid market --no-create-home --shell /usr/sbin/nologin market \
    && install --directory --owner market --group market /run/keys /var/cache/market /var/lib/market/files
COPY --from=packages /opt/market /opt/market
# The timetable's kernels are compiled where they run and kept there: on a read-only root, a volume.
ENV PATH=/opt/market/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 NUMBA_CACHE_DIR=/var/cache/market
WORKDIR /market
COPY shared shared
USER 10001:10001

FROM base AS tools
COPY cli cli
COPY services/__init__.py services/__init__.py
COPY services/matching/__init__.py services/matching/__init__.py
COPY services/matching/timetable services/matching/timetable
COPY services/verification/__init__.py services/verification/__init__.py
COPY services/verification/credentials.py services/verification/credentials.py
COPY services/verification/domain/__init__.py services/verification/domain/__init__.py
COPY services/verification/domain/certificate.py services/verification/domain/certificate.py
COPY services/verification/domain/steps.py services/verification/domain/steps.py
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/local deploy/local
ENTRYPOINT ["python", "-m", "cli.main"]

FROM base AS service
ARG SERVICE
ENV SERVICE=${SERVICE}
COPY services/__init__.py services/__init__.py
COPY services/${SERVICE} services/${SERVICE}
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=6 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8080)}/readyz', timeout=3)"]
# The shell is replaced, so that the service itself hears SIGTERM.
CMD ["sh", "-c", "exec python -m services.$SERVICE"]
