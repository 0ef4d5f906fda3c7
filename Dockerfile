# python:3.12-slim
FROM python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea
COPY . /src
# Everything that is installed is named with its hash; nothing is compiled.
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r /src/requirements.lock \
    && pip install --no-cache-dir --no-deps --no-build-isolation /src \
    && rm -r /src \
    && useradd --create-home --uid 10001 pipewarden
USER pipewarden
WORKDIR /work
# Isolated: nothing in the mounted directory is imported.
ENTRYPOINT ["python", "-I", "-m", "linter"]
CMD ["check", "."]
