# Summaries of small groups: quantile type 7, t.test of values and of their logarithms, median interval by order statistics.
groups <- list(
  "ten" = c(120, 230, 260, 170, 160, 280, 320, 210, 205, 360),
  "thirty" = round(exp(seq(3, 6.5, length.out = 30)) + c(0, 7, -3)),
  "six" = c(4, 87, 12, 280, 33, 150),
  "five" = c(41.5, 12, 88, 230, 231),
  "two" = c(100, 400),
  "one" = c(87),
  "twelve-with-ties" = c(50, 50, 50, 75, 75, 100, 100, 100, 120, 300, 300, 900)
)
median_interval <- function(x) {
  n <- length(x); k <- qbinom(0.025, n, 0.5)
  while (k > 0 && pbinom(k - 1, n, 0.5) > 0.025) k <- k - 1
  if (k == 0) return(c(NA, NA, NA))
  c(sort(x)[c(k, n + 1 - k)], 1 - 2 * pbinom(k - 1, n, 0.5))
}
interval <- function(x) if (length(x) < 2) c(NA, NA) else as.numeric(t.test(x)$conf.int)
summary_row <- function(name) {
  x <- groups[[name]]; q <- quantile(x, c(0.5, 0.25, 0.75, 0, 1), type = 7, names = FALSE)
  data.frame(group = name, n = length(x), mean = mean(x), sd = sd(x), median = q[1], q1 = q[2], q3 = q[3], min = q[4], max = q[5],
             gmean = exp(mean(log(x))), gmean_lower = exp(interval(log(x)))[1], gmean_upper = exp(interval(log(x)))[2],
             median_lower = median_interval(x)[1], median_upper = median_interval(x)[2], median_level = median_interval(x)[3],
             mean_lower = interval(x)[1], mean_upper = interval(x)[2])
}
write <- function(frame, name) write.csv(format(frame, digits = 15, trim = TRUE), file.path("tests/oracles", name), row.names = FALSE, quote = FALSE)
write(do.call(rbind, lapply(names(groups), function(name) data.frame(group = name, value = groups[[name]]))), "summaries_data.csv")
write(do.call(rbind, lapply(names(groups), summary_row)), "summaries.csv")
