# Two stages: packages are installed in the first, the second has no build tools and does not run as root.
FROM python:3.11-slim-bookworm AS packages
RUN pip install --no-cache-dir uv
COPY requirements.txt /build/
RUN uv venv /venv && uv pip install --python /venv/bin/python -r /build/requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 fairway \
 && install -d -o fairway -g fairway /app /data
COPY --from=packages /venv /venv
COPY --chown=fairway:fairway . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data
USER fairway
RUN python manage.py build_messages && SECRET_KEY=only-for-collecting-static-files python manage.py collectstatic --no-input -v 0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["daphne", "-b", "0.0.0.0", "-p", "8000", "--no-server-name", "backend.config.asgi:application"]
