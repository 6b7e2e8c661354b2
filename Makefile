lock: ## Renew both lock files; existing pins stay unless pyproject.toml asks for others.
	.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group services pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
