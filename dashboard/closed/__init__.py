"""What a closed study shows to those who may not see cohorts: figures of everybody together, made from rows without any cohort."""
