"""Who takes part in the programme, where, and under which governance."""
