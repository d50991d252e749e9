"""Translation in a web page: the page with its modules in JavaScript, and its export."""
