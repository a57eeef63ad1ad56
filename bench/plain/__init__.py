"""What the hub is measured against: a bare view and a naive pipeline, as a Django project of their own."""
