"""Doing work again on purpose: asked for, shown, approved where policy asks, done in parts, reported and sealed."""
