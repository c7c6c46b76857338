/* Save the view that is shown, list the saved views of a study, and revoke one. The server decides who may; names and notes are only
   ever set as text. */
(function () {
  "use strict";
  var make = window.lymphotraceBuild.make;
  var NO_SERVER = "The server cannot be reached. Nothing was changed that this page knows of; try again when it answers.";

  function post(address, body) {
    return window
      .fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
      .then(function (response) {
        return response.json().then(function (answer) {
          return response.ok ? answer : Promise.reject(answer.error || NO_SERVER);
        });
      })
      .catch(function (reason) {
        throw typeof reason === "string" ? reason : NO_SERVER;
      });
  }

  function field(label, input) {
    return make("label", {}, [label, input]);
  }

  /* The form is made anew whenever it is opened: what it saves is what is shown at that moment. */
  function openForm(place) {
    var name = make("input", { required: true, maxlength: 120, autocomplete: "off" });
    var note = make("textarea", { rows: 3, maxlength: 2000 });
    var expires = make("input", { type: "date" });
    var said = make("p", { class: "said", role: "status" });
    var form = make("form", {}, [
      field("Name", name),
      field("Note (if you like)", note),
      field("Last day on which it opens, UTC (if any)", expires),
      make("div", {}, [make("button", { type: "submit", class: "action" }, ["Save"])]),
      said,
    ]);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      said.textContent = "Saving…";
      var shown = new URL(window.lymphotraceAddress());
      post(place.getAttribute("data-save-view"), {
        address: shown.pathname + shown.search,
        name: name.value,
        note: note.value,
        expires: expires.value,
        fingerprint: document.getElementById("fingerprint").textContent,
      }).then(
        function (answer) {
          showSaved(place, answer);
        },
        function (words) {
          said.textContent = words;
        }
      );
    });
    place.replaceChildren(form);
    name.focus();
  }

  function showSaved(place, answer) {
    var address = window.location.origin + answer.address;
    var copy = make("button", { type: "button", class: "action" }, ["Copy its address"]);
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(address).then(
        function () {
          copy.textContent = "Copied";
        },
        function () {
          copy.textContent = "Select the address and copy it";
        }
      );
    });
    place.replaceChildren(
      make("p", { class: "said", role: "status" }, ["Saved as “" + answer.name + "”, view " + answer.fingerprint + "."]),
      make("p", { class: "said" }, [make("a", { href: answer.address }, [address])]),
      make("p", {}, [copy])
    );
  }

  function fact(words) {
    return make("span", { class: "whole" }, [words]);
  }

  function stateOf(view) {
    if (view.revoked_at) {
      return [make("p", { class: "ended" }, ["Revoked on " + view.revoked_at + " by " + view.revoked_by + "."])];
    }
    if (view.expired) {
      return [make("p", { class: "ended" }, ["Expired at the end of " + view.expires + " (UTC)."])];
    }
    return [];
  }

  function openingsOf(view) {
    if (!view.opened) {
      return make("p", { class: "quiet" }, ["Not opened yet."]);
    }
    var times = view.opened === 1 ? "Opened once" : "Opened " + view.opened + " times";
    var shown = view.openings.map(function (opening) {
      return make("li", {}, [opening.at + " by " + opening.by]);
    });
    var more = view.opened > shown.length ? [make("p", { class: "quiet" }, ["The newest " + shown.length + " are listed."])] : [];
    return make("details", {}, [make("summary", {}, [times + ", last by " + view.openings[0].by]), make("ul", {}, shown)].concat(more));
  }

  function revokeOf(view, place) {
    if (!view.may_revoke) {
      return [];
    }
    var said = make("span", { class: "said", role: "status" });
    var button = make("button", { type: "button", class: "action", "aria-label": "Revoke " + view.name }, ["Revoke"]);
    button.addEventListener("click", function () {
      if (button.textContent === "Revoke") {
        button.textContent = "Revoke for good";
        button.setAttribute("aria-label", "Revoke " + view.name + " for good");
        return;
      }
      post(place.getAttribute("data-saved-views") + "/" + view.id + "/revoke", {}).then(
        function () {
          list(place);
        },
        function (words) {
          said.textContent = words;
        }
      );
    });
    return [make("p", {}, [button, " ", said])];
  }

  function entry(view, place) {
    var ended = view.revoked_at || view.expired;
    var expires = view.expires && !ended ? [fact("opens until the end of " + view.expires + " (UTC)")] : [];
    var facts = [fact("saved " + view.created_at + " by " + view.owner), fact(view.page), fact(view.cut), fact("view " + view.fingerprint)];
    return make(
      "article",
      { class: "saved-view", "aria-label": view.name },
      [make("h3", {}, [ended ? view.name : make("a", { href: view.address }, [view.name])])]
        .concat(view.note ? [make("p", { class: "saved-note" }, [view.note])] : [])
        .concat(stateOf(view))
        .concat([make("div", { class: "saved-facts" }, facts.concat(expires)), openingsOf(view)])
        .concat(revokeOf(view, place))
    );
  }

  function list(place) {
    function say(words, kind) {
      place.replaceChildren(make("p", kind ? { class: kind, role: "alert" } : { role: "status" }, [words]));
    }
    if (!place.childElementCount) {
      say("The list is being read…");
    }
    window
      .fetch(place.getAttribute("data-saved-views"), { cache: "no-store" })
      .then(function (response) {
        return response.json().then(function (answer) {
          if (!response.ok) {
            say(answer.error, "notice notice-problem");
          } else if (!answer.length) {
            say("No view of this study is saved yet. “Save view” at the top of each page saves what it shows.");
          } else {
            place.replaceChildren.apply(
              place,
              answer.map(function (view) {
                return entry(view, place);
              })
            );
          }
        });
      })
      .catch(function () {
        say(NO_SERVER, "notice notice-problem");
      });
  }

  function look() {
    document.querySelectorAll("[data-saved-views]:empty").forEach(list);
  }

  /* This event does not rise; it is caught on its way down. */
  document.addEventListener(
    "toggle",
    function (event) {
      var place = event.target.querySelector && event.target.querySelector(":scope > [data-save-view]");
      if (place && event.target.open) {
        openForm(place);
      }
    },
    true
  );
  document.addEventListener("keydown", function (event) {
    var opened = event.key === "Escape" && event.target.closest && event.target.closest("details.save-view[open]");
    if (opened) {
      opened.open = false;
      opened.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.save-view[open]").forEach(function (opened) {
      if (!opened.contains(event.target)) {
        opened.open = false;
      }
    });
  });
  window.addEventListener("lymphotrace-drawn", look);
})();
