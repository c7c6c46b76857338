# Dose proportionality by lm on logarithms; Spearman's rho by cor.test with the Bonett-Wright interval; geometric mean, its t interval
# and geometric CV of Cmax. Read by tests/endpoints/exploratory.
slopes <- list(
  "three-doses" = data.frame(x = c(240, 240, 240, 480, 480, 480, 720, 720, 720), y = c(3.625, 0.987, 5.702, 7.49, 2.722, 30.159, 17.883, 8.305, 28.687)),
  "two-doses" = data.frame(x = c(240, 240, 720, 720, 720), y = c(2, 3, 7, 12, 6.5)),
  "least" = data.frame(x = c(1, 2, 4), y = c(1, 2.2, 3.9))
)
pairs <- list(
  "no-ties" = data.frame(x = c(3.6, 1.0, 5.7, 8.9, 19.2, 13.3, 0.5, 5.5, 2.7, 30.1), y = c(1.67, 1.42, 2.1, 1.9, 2.8, 1.8, 1.1, 2.4, 1.5, 2.2)),
  "ties" = data.frame(x = c(1, 1, 2, 3, 3, 3, 5), y = c(2, 1, 2, 2, 4, 3, 3)),
  "falling" = data.frame(x = c(1, 2, 3, 4, 5, 6), y = c(9, 7, 8, 4, 5, 1)),
  # The example of ci.spear in the R package statpsych, which prints 0.8699639 (0.5840951 to 0.9638297).
  "statpsych" = data.frame(x = c(67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51), y = c(21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19))
)
long <- function(groups) do.call(rbind, lapply(names(groups), function(name) data.frame(group = name, groups[[name]])))
slope_row <- function(name) {
  fit <- lm(log(y) ~ log(x), slopes[[name]]); ends <- confint(fit)[2, ]
  data.frame(group = name, slope = coef(fit)[2], lower = ends[1], upper = ends[2], intercept = coef(fit)[1])
}
pair_row <- function(name) {
  p <- pairs[[name]]; n <- nrow(p)
  rho <- unname(suppressWarnings(cor.test(p$x, p$y, method = "spearman", exact = FALSE))$estimate)
  ends <- tanh(atanh(rho) + c(-1, 1) * qnorm(0.975) * sqrt((1 + rho^2 / 2) / (n - 3)))
  data.frame(group = name, n = n, rho = rho, lower = ends[1], upper = ends[2])
}
cmax_row <- function(name) {
  x <- log(slopes[[name]]$y); ends <- exp(t.test(x)$conf.int)
  data.frame(group = name, gmean = exp(mean(x)), gmean_lower = ends[1], gmean_upper = ends[2], gcv = 100 * sqrt(exp(var(x)) - 1))
}
write <- function(frame, name) write.csv(format(frame, digits = 15, trim = TRUE), file.path("tests/oracles", name), row.names = FALSE, quote = FALSE)
write(long(slopes), "exploratory_slope_data.csv")
write(do.call(rbind, lapply(names(slopes), slope_row)), "exploratory_slopes.csv")
write(long(pairs), "exploratory_rank_data.csv")
write(do.call(rbind, lapply(names(pairs), pair_row)), "exploratory_ranks.csv")
write(do.call(rbind, lapply(names(slopes), cmax_row)), "exploratory_cmax.csv")
