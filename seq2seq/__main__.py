"""`python -m seq2seq`, which `accelerate launch -m seq2seq` uses."""

from seq2seq.cli.app import main

if __name__ == "__main__":
    main()
