"""What a monitoring board is told of a trial that goes on: locked records, accrual and disposition, data maturity, demography."""
