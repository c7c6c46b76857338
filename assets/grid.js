/* Cells of the participants table that are links. */
(function () {
  "use strict";
  var cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  function addressOf(participant) {
    var study = window.location.pathname.split("/")[1];
    return "/" + study + "/participants/" + encodeURIComponent(participant) + window.location.search;
  }

  /* A click anywhere on a row opens the participant; on the name the link itself does. */
  functions.openParticipant = function (params) {
    if (!params.event.target.closest("a")) {
      window.lymphotraceGo(addressOf(params.data.participant));
    }
  };

  cells.ParticipantLink = function (props) {
    return window.React.createElement("a", { href: addressOf(props.value), "data-internal": "yes" }, props.value);
  };
})();
