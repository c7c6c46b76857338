# 95 % and 90 % intervals: binom.test (Clopper-Pearson), prop.test without correction (Wilson), quantiles of the Jeffreys posterior.
rows <- list()
for (level in c(0.95, 0.90)) for (n in c(5, 10, 12, 30, 329)) for (x in unique(c(0, 1, 2, 3, 5, 7, 10, 12, 284, n))) if (x <= n) {
  exact <- binom.test(x, n, conf.level = level)$conf.int
  wilson <- suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE)$conf.int)
  jeffreys <- qbeta(c((1 - level) / 2, (1 + level) / 2), x + 0.5, n - x + 0.5)
  if (x == 0) jeffreys[1] <- 0
  if (x == n) jeffreys[2] <- 1
  found <- rbind(exact, wilson, jeffreys)
  rows[[length(rows) + 1]] <- data.frame(method = c("exact", "wilson", "jeffreys"), level = level, successes = x, total = n,
                                         lower = found[, 1], upper = found[, 2])
}
write.csv(format(do.call(rbind, rows), digits = 15, trim = TRUE), "tests/oracles/proportions.csv", row.names = FALSE, quote = FALSE)
