"""GNU Health: scheduling of a clinic that runs it, polled over Tryton's JSON-RPC."""
