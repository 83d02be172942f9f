"""What changed of late: receipts, rules and models, beside what came before and what is usual."""
