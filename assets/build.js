/* Elements made by scripts, and the report of a delivery: for deliver.js, which shows it before publishing, and snapshots.js, which
   shows it for a draft that was left. Texts from files are only ever set as text. */
(function () {
  "use strict";

  function make(tag, attributes, children) {
    var element = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      if (attributes[name] !== null && attributes[name] !== false) {
        element.setAttribute(name, attributes[name] === true ? "" : attributes[name]);
      }
    });
    (children || []).forEach(function (child) {
      element.append(child);
    });
    return element;
  }

  /* Words stand left, numbers right: `words` are the places of the columns with words beside the first and the last. */
  function table(caption, heads, rows, words) {
    function kind(place) {
      return (words || []).indexOf(place) >= 0 ? { class: "column-words" } : {};
    }
    var head = make("tr", {}, heads.map(function (title, place) {
      return make("th", Object.assign({ scope: "col" }, kind(place)), [title]);
    }));
    var body = rows.map(function (row) {
      return make("tr", {}, row.map(function (cell, place) {
        return make(place ? "td" : "th", place ? kind(place) : { scope: "row" }, Array.isArray(cell) ? cell : [cell]);
      }));
    });
    var made = make("table", { class: "table" }, [make("thead", {}, [head]), make("tbody", {}, body)]);
    return make("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": caption }, [made]);
  }

  function part(title, children, level) {
    return make("section", { class: "deliver-part" }, [make(level || "h3", { class: "deliver-title", tabindex: "-1" }, [title])].concat(children));
  }

  function number(value) {
    return Number(value).toLocaleString("en-GB");
  }

  function capital(words) {
    return words.charAt(0).toUpperCase() + words.slice(1);
  }

  function plural(count, one, many) {
    return number(count) + " " + (count === 1 ? one : many);
  }

  function filesOf(found) {
    return found.files.map(function (file) {
      return [file.file, file.rows === null ? "" : number(file.rows), file.content];
    });
  }

  function kindsOf(found) {
    return Object.keys(found.tallies).map(function (kind) {
      var tally = found.tallies[kind];
      var out = Object.keys(tally.left_out).map(function (reason) {
        return make("li", {}, [plural(tally.left_out[reason], "row", "rows") + ": " + reason]);
      });
      return [kind, number(tally.read), number(tally.stored), out.length ? [make("ul", {}, out)] : "none left out"];
    });
  }

  /* A note about files or the whole delivery has places that are no rows. */
  function where(note) {
    var places = note.places || [];
    var told = places.join(", ") + (note.rows > places.length ? ", …" : "");
    var ofRows = places.some(function (place) {
      return place.indexOf(" row ") >= 0;
    });
    if (places.length && !ofRows) {
      return told;
    }
    return plural(note.rows, "row", "rows") + (places.length ? ": " + told : "");
  }

  function notesOf(found) {
    return found.notes.map(function (note) {
      return make("li", {}, [capital(note.text) + " (" + where(note) + ")"]);
    });
  }

  /* The rows that somebody should look at in the files, kind by kind. */
  function listed(flag) {
    var rows = flag.listed.map(function (row) {
      return [row.file, number(row.row), row.participant, row.sentence];
    });
    var more = flag.rows > rows.length ? ", the first " + number(rows.length) + " of " + number(flag.rows) + " rows" : "";
    return make("details", { class: "shown" }, [
      make("summary", {}, [flag.title + more]),
      table("Rows: " + flag.title, ["File", "Row", "Participant", "What was found"], rows, [2]),
    ]);
  }

  function flagged(found) {
    /* A report written before flags were looked for has none to tell of. */
    if (!found.flags) {
      return [make("p", {}, ["Nobody looked for quality flags when this was read."])];
    }
    if (!found.flags.length) {
      return [make("p", {}, ["Nothing is flagged."])];
    }
    var rows = found.flags.map(function (flag) {
      return [flag.title, number(flag.rows), number(flag.participants), flag.sentence];
    });
    var grave = found.flags.filter(function (flag) {
      return flag.listed.length;
    });
    return [table("Quality flags", ["Flag", "Rows", "Participants", "Raised when"], rows)].concat(grave.map(listed));
  }

  /* The parts of a report as JSON has it, under headings of `level`; `more` are further notes. */
  function report(found, more, level) {
    var notes = (more || []).concat(notesOf(found));
    return [
      part("Files", [table("Files", ["File", "Rows", "Taken as"], filesOf(found))], level),
      part("Rows", [table("Rows", ["Kind", "Read", "Stored", "Left out"], kindsOf(found))], level),
      part("Quality flags", flagged(found), level),
      part("What the data manager should know", [notes.length ? make("ul", { class: "deliver-notes" }, notes) : make("p", {}, ["Nothing was noticed."])], level),
    ];
  }

  window.lymphotraceBuild = { make: make, table: table, part: part, number: number, capital: capital, plural: plural, report: report };
})();
