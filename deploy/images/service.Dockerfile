# One image for all services and the portal; the command names which one a container is: `docker run … enrolment`.
FROM python:3.13-slim AS packages
COPY requirements.lock .
RUN pip install --no-cache-dir uv \
 && uv venv /opt/portal \
 && VIRTUAL_ENV=/opt/portal uv pip install --no-cache --require-hashes -r requirements.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 portal \
 && install --directory --owner portal /institutions
COPY --from=packages /opt/portal /opt/portal
WORKDIR /app
COPY contracts contracts
COPY chassis chassis
COPY services services
COPY clients clients
COPY deploy deploy
ENV PATH=/opt/portal/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HTTP_PORT=8000
USER portal
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"HTTP_PORT\"]}/health/ready', timeout=2)"]
# Migrates and declares first, under a lock, then becomes the service: signals reach it.
ENTRYPOINT ["/bin/sh", "-c", "python -m services.$0 prepare && exec python -m services.$0 ${1:-run}"]
