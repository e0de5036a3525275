# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home devmatrix
ENV PATH="/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEVMATRIX_VAR=/var/lib/devmatrix
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
RUN install -d -o devmatrix /var/lib/devmatrix && python manage.py collectstatic --noinput \
    && rm -rf /var/lib/devmatrix/*
USER devmatrix
EXPOSE 8000
# The sandbox needs unprivileged user namespaces: see docs/architecture.md for the container's flags.
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "devmatrix.wsgi:application"]
