# One image for web, workers and scheduler; the command chooses. PostgreSQL, Redis and S3 come from outside (docker-compose.yml).
FROM python:3.13-slim AS product

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH="/app/.venv/bin:$PATH" STATIC_ROOT=/app/staticfiles
RUN useradd --create-home --uid 10001 gtm
WORKDIR /app
COPY requirements.lock requirements-setup.lock ./
RUN python -m venv .venv \
    && python -m pip install --no-cache-dir --require-hashes -r requirements-setup.lock \
    && uv pip install --no-cache --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
COPY . .

# The rules as machine code. What makes it stays out of the image; without it the rules run interpreted.
FROM product AS rules
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
RUN uv pip install --no-cache --python .venv/bin/python --require-hashes -r requirements-test.lock
RUN mkdir --parents .venv/compiled-rules \
    && .venv/bin/python -m extraction.compile_rules --if-possible

FROM product
COPY --from=rules /app/.venv/compiled-rules .venv/compiled-rules
# Any key will do: nothing is signed here, and none must be left in the image.
RUN SECRET_KEY=unused python manage.py collectstatic --noinput
RUN mkdir -p var && chown gtm var
USER gtm
EXPOSE 8000
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
