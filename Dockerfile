# Proofsheet in a container: no torch, weights inside, photos in the volume /data.
# Start it by compose.yaml, which publishes it on this host's loopback address alone; started by hand
# with a published port it asks people to sign in.

FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements-cpu.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir -r requirements-cpu.txt
COPY package.json package-lock.json .npmrc ./
COPY scripts/vendor.mjs scripts/frontend.sh scripts/
RUN sh scripts/frontend.sh /opt/venv/bin/python
COPY ml ml
RUN PROOFSHEET_WEIGHTS=/opt/weights /opt/venv/bin/python -m ml weights fetch

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Proofsheet" \
      org.opencontainers.image.description="Tags a folder of photos; a person corrects; every photo program can read them." \
      org.opencontainers.image.licenses="AGPL-3.0-or-later"
RUN groupadd --system --gid 10001 proofsheet \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin proofsheet \
    && install -d -m 0700 -o proofsheet -g proofsheet /data
WORKDIR /app
COPY --from=build /opt /opt
COPY . .
COPY --from=build /app/static/vendor static/vendor
RUN /opt/venv/bin/python -m compileall -q main.py scripts app ml workers migrations
ENV PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    PROOFSHEET_HOST=0.0.0.0 \
    PROOFSHEET_DATA=/data \
    PROOFSHEET_WEIGHTS=/opt/weights
USER 10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --start-period=60s --interval=30s --timeout=5s \
    CMD ["/opt/venv/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["/opt/venv/bin/python", "main.py"]
