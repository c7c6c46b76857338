# Kaplan-Meier curves, medians (log-log interval), numbers at risk and log-rank tests of R's survival package.
library(survival)
folder <- "tests/oracles"
write <- function(frame, name) write.csv(format(frame, digits = 15, trim = TRUE), file.path(folder, name), row.names = FALSE, quote = FALSE)

cases <- list(
  "aml-maintained" = with(subset(aml, x == "Maintained"), data.frame(time, event = status)),
  "aml-nonmaintained" = with(subset(aml, x == "Nonmaintained"), data.frame(time, event = status)),
  "lung" = with(lung, data.frame(time, event = status - 1)),
  "lung-reverse" = with(lung, data.frame(time, event = 2 - status)),
  # Survival is exactly one half between two events, at the end, and never.
  "level-at-half" = data.frame(time = c(1, 2, 3, 4), event = c(1, 1, 1, 1)),
  "level-at-half-to-the-end" = data.frame(time = c(1, 2, 3, 4), event = c(1, 1, 0, 0)),
  "level-at-half-ten" = data.frame(time = c(14, 30, 30, 79, 98, 98, 198, 252, 336, 420), event = c(1, 1, 1, 1, 1, 0, 1, 0, 0, 1)),
  "no-event" = data.frame(time = c(30, 420, 420), event = c(0, 0, 0)),
  "event-at-zero" = data.frame(time = c(0, 0, 14, 30, 98, 420), event = c(1, 1, 1, 0, 1, 0)),
  "censored-first" = data.frame(time = c(5, 5, 9, 9, 12, 20), event = c(0, 1, 1, 0, 1, 1))
)

data <- do.call(rbind, lapply(names(cases), function(name) cbind(case = name, cases[[name]])))
write(data, "survival_data.csv")

curves <- list(); medians <- list(); risks <- list()
for (name in names(cases)) {
  fit <- survfit(Surv(time, event) ~ 1, data = cases[[name]], conf.type = "log-log")
  curves[[name]] <- data.frame(case = name, time = fit$time, survival = fit$surv, lower = fit$lower, upper = fit$upper,
                               at_risk = fit$n.risk, events = fit$n.event, censored = fit$n.censor)
  # What print() shows; quantile() differs from it when the curve ends level at exactly one half.
  q <- summary(fit)$table[c("median", "0.95LCL", "0.95UCL")]
  medians[[name]] <- data.frame(case = name, median = q[[1]], lower = q[[2]], upper = q[[3]])
}
write(do.call(rbind, curves), "survival_curves.csv")
write(do.call(rbind, medians), "survival_medians.csv")

fit <- survfit(Surv(time, status) ~ 1, data = lung)
grid <- c(0, 100, 200, 300, 310, 500, 1000, 1022)
write(data.frame(time = grid, at_risk = summary(fit, times = grid)$n.risk), "survival_at_risk.csv")

test <- function(name, formula, frame) {
  found <- survdiff(formula, data = frame)
  df <- sum(found$exp > 0) - 1
  data.frame(test = name, statistic = found$chisq, df = df, p = pchisq(found$chisq, df, lower.tail = FALSE))
}
three <- data.frame(
  group = rep(c("a", "b", "c"), each = 5),
  time = c(14, 30, 98, 420, 420, 14, 14, 30, 79, 420, 30, 79, 98, 114, 198),
  event = c(1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1)
)
# Nobody of this group is at risk at an event.
early <- rbind(three[three$group != "c", ], data.frame(group = "d", time = c(1, 13), event = c(0, 0)))
write(rbind(cbind(test = "three", three), cbind(test = "early", early)), "log_rank_data.csv")
write(rbind(test("aml", Surv(time, status) ~ x, aml), test("three", Surv(time, event) ~ group, three), test("early", Surv(time, event) ~ group, early)), "log_rank.csv")
