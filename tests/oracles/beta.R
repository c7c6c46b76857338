# Posterior probability that a rate exceeds its target: 1 - pbeta with a Beta prior, after `limited` of `evaluable`.
rows <- expand.grid(limited = 0:6, evaluable = c(0, 3, 6, 10, 30), target = c(0.2, 0.25, 0.33), prior = 1:3)
alpha <- c(1, 0.5, 0.25)[rows$prior]
beta <- c(1, 0.5, 0.75)[rows$prior]
rows <- data.frame(limited = rows$limited, evaluable = rows$evaluable, target = rows$target, alpha = alpha, beta = beta)
rows <- rows[rows$limited <= rows$evaluable, ]
rows$probability <- with(rows, pbeta(target, alpha + limited, beta + evaluable - limited, lower.tail = FALSE))
write.csv(format(rows, digits = 15, trim = TRUE), "tests/oracles/beta.csv", row.names = FALSE, quote = FALSE)
