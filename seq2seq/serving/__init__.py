"""Service: translation over HTTP, by the interfaces of LibreTranslate and DeepL."""
