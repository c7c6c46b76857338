/* Cells of the participants table that are links. */
(function () {
  "use strict";
  var cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  cells.ParticipantLink = function (props) {
    var study = window.location.pathname.split("/")[1];
    var href = "/" + study + "/participants/" + encodeURIComponent(props.value) + window.location.search;
    return window.React.createElement("a", { href: href, "data-internal": "yes" }, props.value);
  };
})();
