"""S10, the payment gateway: Stripe-style signed webhooks."""
