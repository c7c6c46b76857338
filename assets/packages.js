/* The package of a review: asks for the file, shows how far it is, and saves it. Without this script the links load the file as any other. */
(function () {
  "use strict";
  var PAUSE = 400;

  function tell(place, words, share) {
    place.querySelector(".said").textContent = words;
    place.querySelector("progress").value = share;
    place.querySelector("progress").hidden = share >= 1;
  }

  function follow(place, address, state) {
    if (!state.waiting) {
      return;
    }
    window
      .fetch(address)
      .then(function (response) {
        return response.ok ? response.json() : null;
      })
      .then(function (progress) {
        if (state.waiting && progress) {
          tell(place, progress.words + " …", progress.share);
        }
      })
      .catch(function () {
        /* The request for the file itself tells when the server cannot be reached. */
      })
      .finally(function () {
        window.setTimeout(follow, PAUSE, place, address, state);
      });
  }

  function save(response, link) {
    var name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") || "");
    return response.blob().then(function (blob) {
      var address = URL.createObjectURL(blob);
      var hidden = document.createElement("a");
      hidden.href = address;
      hidden.download = name ? name[1] : link.pathname.split("/").pop();
      hidden.click();
      window.setTimeout(URL.revokeObjectURL, 60000, address);
    });
  }

  function make(link) {
    var place = link.closest(".package");
    var state = { waiting: true };
    place.setAttribute("aria-busy", "true");
    tell(place, "asking …", 0);
    follow(place, link.getAttribute("data-progress"), state);
    window
      .fetch(link.href)
      .then(function (response) {
        state.waiting = false;
        if (response.ok) {
          return save(response, link).then(function () {
            tell(place, "The file was saved.", 1);
          });
        }
        return response.json().then(function (answer) {
          tell(place, answer.error, 1);
        });
      })
      .catch(function () {
        state.waiting = false;
        tell(place, "The server cannot be reached; the package was not made. Try again.", 1);
      })
      .finally(function () {
        place.removeAttribute("aria-busy");
      });
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[data-progress]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      make(link);
    }
  });
})();
