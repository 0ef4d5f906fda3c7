FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir build && python -m build --wheel --outdir /dist

FROM python:3.12-slim
COPY --from=build /dist /dist
RUN pip install --no-cache-dir /dist/*.whl && rm -r /dist \
    && useradd --create-home --uid 10001 pipewarden
USER pipewarden
WORKDIR /work
ENTRYPOINT ["pipewarden"]
CMD ["check", "."]
