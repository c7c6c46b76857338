# Pooling over trials: one proportion (stratified Wilson interval of Yan and Su; homogeneity by chisq.test) and two groups
# (Mantel-Haenszel odds ratio by mantelhaen.test; Mantel-Haenszel difference with Sato's variance, Cochran's Q and Newcombe's interval
# by their formulas). Whole pools and pools without each trial. Read by tests/endpoints/pooled.
folder <- "tests/oracles"
write <- function(frame, name) write.csv(format(frame, digits = 15, trim = TRUE), file.path(folder, name), row.names = FALSE, quote = FALSE)

berkeley <- function(sex) list(x = as.vector(UCBAdmissions["Admitted", sex, ]), n = as.vector(colSums(UCBAdmissions[, sex, ])))
cases <- list(
  # Base R's UCBAdmissions: men and women admitted by department.
  berkeley = data.frame(x1 = berkeley("Male")$x, n1 = berkeley("Male")$n, x2 = berkeley("Female")$x, n2 = berkeley("Female")$n),
  # Charig et al., BMJ 1986;292:879: open surgery and percutaneous nephrolithotomy, stones below and from 2 cm.
  stones = data.frame(x1 = c(81, 192), n1 = c(87, 263), x2 = c(234, 55), n2 = c(270, 80)),
  # Every trial favours the first group, the pool the second.
  simpson = data.frame(x1 = c(19, 18, 50, 42, 30), n1 = c(20, 20, 100, 90, 80), x2 = c(90, 70, 8, 7, 5), n2 = c(100, 80, 20, 18, 15)),
  even = data.frame(x1 = c(40, 30, 20), n1 = c(50, 40, 25), x2 = c(35, 27, 21), n2 = c(50, 40, 30)),
  # Everybody or nobody responds in some trials.
  edges = data.frame(x1 = c(12, 0, 9), n1 = c(12, 10, 11), x2 = c(7, 0, 5), n2 = c(9, 8, 10)),
  two = data.frame(x1 = c(3, 8), n1 = c(9, 14), x2 = c(6, 4), n2 = c(10, 13))
)
for (name in names(cases)) cases[[name]] <- cbind(case = name, trial = seq_len(nrow(cases[[name]])), cases[[name]])
write(do.call(rbind, cases), "pooled_rates_data.csv")

z <- qnorm(0.975)
wilson <- function(x, n, z) {
  p <- x / n
  (p + z^2 / (2 * n) + c(-1, 1) * z * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))) / (1 + z^2 / n)
}
share <- function(x, n) {
  w <- n / sum(n); p <- x / n; v <- p * (1 - p) / n
  if (all(v == 0)) v <- 1 / n
  q <- z * sqrt(sum(w^2 * v)) / sum(w * sqrt(v))
  ends <- mapply(function(x, n) wilson(x, n, q), x, n)
  if (length(n) == 1) stopifnot(all.equal(as.vector(ends), as.vector(suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int)))
  homogeneity <- if (length(n) > 1 && sum(x) > 0 && sum(x) < sum(n))
    suppressWarnings(chisq.test(rbind(x, n - x), correct = FALSE)) else list(statistic = NA, p.value = NA)
  q <- unname(homogeneity$statistic); df <- length(n) - 1
  c(share = sum(w * p), share_lower = sum(w * ends[1, ]), share_upper = sum(w * ends[2, ]), share_q = q, share_p = homogeneity$p.value,
    share_i2 = max(0, 100 * (q - df) / q))
}
newcombe <- function(x1, n1, x2, n2) {
  a <- wilson(x1, n1, z); b <- wilson(x2, n2, z); d <- x1 / n1 - x2 / n2
  c(d - sqrt((x1 / n1 - a[1])^2 + (b[2] - x2 / n2)^2), d + sqrt((a[2] - x1 / n1)^2 + (x2 / n2 - b[1])^2))
}
compare <- function(t) {
  N <- t$n1 + t$n2; w <- t$n1 * t$n2 / N; d <- t$x1 / t$n1 - t$x2 / t$n2
  rd <- sum(w * d) / sum(w)
  P <- sum((t$n1^2 * t$x2 - t$n2^2 * t$x1 + t$n1 * t$n2 * (t$n2 - t$n1) / 2) / N^2)
  Q <- sum((t$x1 * (t$n2 - t$x2) + t$x2 * (t$n1 - t$x1)) / (2 * N))
  se <- sqrt((rd * P + Q) / sum(w)^2)
  h <- ifelse(t$x1 == 0 | t$x1 == t$n1 | t$x2 == 0 | t$x2 == t$n2, 0.5, 0)
  p1 <- (t$x1 + h) / (t$n1 + 2 * h); p2 <- (t$x2 + h) / (t$n2 + 2 * h)
  v <- p1 * (1 - p1) / (t$n1 + 2 * h) + p2 * (1 - p2) / (t$n2 + 2 * h)
  q <- sum((p1 - p2 - rd)^2 / v); df <- nrow(t) - 1
  odds <- c(NA, NA, NA)
  if (nrow(t) > 1) {
    cube <- array(rbind(t$x1, t$x2, t$n1 - t$x1, t$n2 - t$x2), c(2, 2, nrow(t)))
    # A stratum in which nobody, or everybody, responds says nothing about the odds ratio, and mantelhaen.test refuses it.
    cube <- cube[, , apply(cube, 3, function(m) all(colSums(m) > 0)), drop = FALSE]
    if (dim(cube)[3] > 1) { test <- mantelhaen.test(cube); odds <- unname(c(test$estimate, test$conf.int)) }
  }
  ends <- newcombe(sum(t$x1), sum(t$n1), sum(t$x2), sum(t$n2))
  c(difference = rd, difference_lower = rd - z * se, difference_upper = rd + z * se, odds = odds[1], odds_lower = odds[2],
    odds_upper = odds[3], q = if (df) q else NA, p = if (df) pchisq(q, df, lower.tail = FALSE) else NA,
    i2 = if (df) max(0, 100 * (q - df) / q) else NA,
    naive = sum(t$x1) / sum(t$n1) - sum(t$x2) / sum(t$n2), naive_lower = ends[1], naive_upper = ends[2])
}
rows <- list()
for (name in names(cases)) {
  t <- cases[[name]]
  for (left_out in 0:nrow(t)) {
    kept <- t[t$trial != left_out, ]
    found <- c(share(kept$x1, kept$n1), compare(kept))
    rows[[length(rows) + 1]] <- data.frame(case = name, left_out = left_out, as.list(found))
  }
}
write(do.call(rbind, rows), "pooled_rates.csv")
