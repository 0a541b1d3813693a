"""The hooks of ordering: order-select and order-sign."""
