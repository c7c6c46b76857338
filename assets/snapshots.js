/* Publish, discard, withdraw and verify a data cut from the list, and the report of a draft. The server decides who may; its sentence is shown beside the button. */
(function () {
  "use strict";

  function fieldOf(place) {
    var input = place.querySelector("input");
    if (!input) {
      var label = document.createElement("label");
      input = document.createElement("input");
      label.className = "control";
      label.append(place.getAttribute("data-label"), input);
      input.className = "form-control";
      input.required = true;
      input.maxLength = 500;
      input.value = place.getAttribute("data-value") || "";
      place.append(label);
    }
    return input;
  }

  function prepare() {
    document.querySelectorAll(".snapshot-act .field").forEach(fieldOf);
  }

  function send(form) {
    var body = {};
    form.querySelectorAll(".field").forEach(function (place) {
      body[place.getAttribute("data-name")] = fieldOf(place).value.trim();
    });
    var said = form.querySelector(".said");
    said.textContent = "Working…";
    window
      .fetch(form.getAttribute("data-post"), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      })
      .then(function (response) {
        return response.json().then(function (answer) {
          if (!response.ok) {
            said.textContent = answer.error;
          } else if (answer.sentence) {
            said.textContent = answer.sentence;
          } else {
            /* Without the query: the data cut that the address names may be the one that is gone. */
            window.location.assign(window.location.pathname);
          }
        });
      })
      .catch(function () {
        said.textContent = "The server cannot be reached. Nothing was changed that this page knows of; reload it and look.";
      });
  }

  /* The report of a draft is asked for when somebody opens it, and again after an error. */
  function showReport(place) {
    if (place.childElementCount && !place.querySelector(".notice")) {
      return;
    }
    var build = window.lymphotraceBuild;
    var said = build.make("p", { role: "status" }, ["The report is being read…"]);
    function complain(words) {
      place.replaceChildren(build.make("p", { class: "notice notice-problem", role: "alert" }, [words]));
    }
    place.replaceChildren(said);
    window
      .fetch(place.getAttribute("data-report"), { cache: "no-store" })
      .then(function (response) {
        return response.json().then(function (answer) {
          if (response.ok) {
            place.replaceChildren.apply(place, build.report(answer, [], "h4"));
          } else {
            complain(answer.error);
          }
        });
      })
      .catch(function () {
        complain("The server cannot be reached. Close and open the report again when it answers.");
      });
  }

  /* This event does not rise; it is caught on its way down. */
  document.addEventListener(
    "toggle",
    function (event) {
      var place = event.target.querySelector && event.target.querySelector(":scope > [data-report]");
      if (place && event.target.open) {
        showReport(place);
      }
    },
    true
  );

  document.addEventListener("submit", function (event) {
    var form = event.target.closest("form[data-post]");
    if (form) {
      event.preventDefault();
      send(form);
    }
  });
  window.addEventListener("lymphotrace-drawn", prepare);
})();
