"""The synthetic participants of the pooled analysis NS7CAR: 334, so that every count of its abstract comes out exactly."""
