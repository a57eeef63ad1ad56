"""How each of the sandbox's systems says what happens: visits in, messages in its own format and codes out."""
