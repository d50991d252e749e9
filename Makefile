# Every target but `clean` first creates the environment it needs in .venv, with pinned versions:
#   make demo      train a first model, report its BLEU and translate
#   make test      run the test suite
#   make check     run ruff and mypy
#   make docs      build the documentation in site/
#   make speed     check that training has not become slower
#   make quality   measure BLEU, speed, start-up and memory (docs/QUALITY.md)
# On Linux without a GPU, PyTorch's CPU build is far smaller:
#   make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TORCH_INDEX ?=
RUN := runs/sample_es_en

.PHONY: demo test check docs speed quality clean

$(INSTALLED): setup.cfg setup.py pyproject.toml constraints.txt $(wildcard seq2seq/engine/native/* seq2seq/kernels/native/*)
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 to 3.14 is needed; choose one with: make PYTHON=python3.11 …" \
		if not (3, 11) <= sys.version_info[:2] <= (3, 14) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		$(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,docs,torchtext]'
	@touch $@

demo: $(INSTALLED)
	@$(BIN)/python recipes/sample_es_en/train.py --output $(RUN)

test: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	$(BIN)/python tools/check_site.py site

speed: $(INSTALLED)
	$(BIN)/python tools/check_training_speed.py

quality: $(INSTALLED)
	$(BIN)/python tools/quality.py

clean:
	rm -rf $(VENV) build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
