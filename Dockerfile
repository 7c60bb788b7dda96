# The command line and the API in one image: docker compose builds it.
FROM python:3.12-slim

RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*

WORKDIR /offtrail
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY ingest ingest
COPY graph graph
COPY models models
COPY api api
COPY simulator simulator
RUN pip install --no-cache-dir --no-deps . && useradd --create-home offtrail && install -d -o offtrail /data

# Models, quarantine and an SQLite store are made in the folder one stands in: a volume keeps them.
USER offtrail
WORKDIR /data
ENTRYPOINT ["offtrail"]
CMD ["--help"]
