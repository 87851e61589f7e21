//! The style of a drawing, for light and dark screens.
//!
//! It has no variables, which viewers outside of browsers do not know.

/// A style sheet whose rules all begin at the drawing's root, so that it disturbs nothing around it.
pub(super) const STYLE: &str = "
.statewright-graph text{font-family:Helvetica,Arial,'Liberation Sans',sans-serif;fill:#1b2330}
.statewright-graph .name{font-size:14px;font-weight:600}
.statewright-graph .small{font-size:11.5px;fill:#5b6675}
.statewright-graph .paper{fill:#fff}
.statewright-graph .box{fill:#fff;stroke:#b4bcc8;stroke-width:1.5}
.statewright-graph .branch{fill:#fff;stroke:#d3d8e0;stroke-dasharray:3 3}
.statewright-graph .parallel>.box,.statewright-graph .map>.box{fill:#f3f5f8}
.statewright-graph .icon{fill:none;stroke:#5468c7;stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
.statewright-graph .succeed>.icon{stroke:#1a7f47}
.statewright-graph .fail>.icon{stroke:#c9302c}
.statewright-graph .start .box,.statewright-graph .end .box{fill:#3c4757;stroke:#3c4757}
.statewright-graph .start .name,.statewright-graph .end .name{fill:#fff;font-size:12.5px}
.statewright-graph .dot{fill:#3c4757}
.statewright-graph .line{fill:none;stroke:#7d8898;stroke-width:1.5}
.statewright-graph .arrow{fill:#7d8898}
.statewright-graph .catch .line{stroke:#c2702a;stroke-dasharray:5 3}
.statewright-graph .catch .arrow{fill:#c2702a}
.statewright-graph .label text{font-size:11.5px;fill:#3c4654}
.statewright-graph .label.default text{font-style:italic}
.statewright-graph .label.catch text{fill:#9a521a}
.statewright-graph .plate{fill:#fff;fill-opacity:.94}
.statewright-graph .badge{stroke:#fff;stroke-width:1.8;fill:none;stroke-linecap:round;stroke-linejoin:round}
.statewright-graph .badge path,.statewright-graph .not-reached .badge{display:none}
.statewright-graph .succeeded>.box{fill:#e6f5ec;stroke:#1f8f52}
.statewright-graph .succeeded .badge circle,.statewright-graph .retried .badge circle{fill:#1f8f52}
.statewright-graph .retried>.box{fill:#e6f5ec;stroke:#1f8f52;stroke-dasharray:7 3}
.statewright-graph .caught>.box{fill:#fff3dd;stroke:#c27803}
.statewright-graph .caught .badge circle{fill:#c27803}
.statewright-graph .failed>.box{fill:#fdeaea;stroke:#cf2f2f}
.statewright-graph .failed .badge circle{fill:#cf2f2f}
.statewright-graph .running>.box{fill:#e5effd;stroke:#1d66d6;stroke-width:2.5}
.statewright-graph .running .badge circle{fill:#1d66d6}
.statewright-graph .aborted>.box{fill:#eceef1;stroke:#6b7480}
.statewright-graph .aborted .badge circle{fill:#6b7480}
.statewright-graph .succeeded .of-succeeded,.statewright-graph .retried .of-retried,.statewright-graph .caught .of-caught,.statewright-graph .failed .of-failed,.statewright-graph .running .of-running,.statewright-graph .aborted .of-aborted{display:inline}
.statewright-graph.coloured .not-reached .name,.statewright-graph.coloured .not-reached .small,.statewright-graph.coloured .not-reached .icon{opacity:.55}
.statewright-graph.coloured .edge.not-reached,.statewright-graph.coloured .label.not-reached text,.statewright-graph.coloured .end.not-reached{opacity:.4}
@media(prefers-color-scheme:dark){
.statewright-graph text{fill:#e4e9f0}
.statewright-graph .small{fill:#9ba7b6}
.statewright-graph .paper,.statewright-graph .branch,.statewright-graph .plate{fill:#10151c}
.statewright-graph .box{fill:#1b222c;stroke:#465162}
.statewright-graph .branch{stroke:#364150}
.statewright-graph .parallel>.box,.statewright-graph .map>.box{fill:#171d26}
.statewright-graph .icon{stroke:#93a5ff}
.statewright-graph .succeed>.icon{stroke:#4cc27d}
.statewright-graph .fail>.icon{stroke:#f47c78}
.statewright-graph .start .box,.statewright-graph .end .box{fill:#c6cfdb;stroke:#c6cfdb}
.statewright-graph .start .name,.statewright-graph .end .name{fill:#10151c}
.statewright-graph .dot{fill:#c6cfdb}
.statewright-graph .line{stroke:#8492a5}
.statewright-graph .arrow{fill:#8492a5}
.statewright-graph .catch .line{stroke:#dd8f4a}
.statewright-graph .catch .arrow{fill:#dd8f4a}
.statewright-graph .label text{fill:#c4cdd9}
.statewright-graph .label.catch text{fill:#e8a468}
.statewright-graph .badge{stroke:#10151c}
.statewright-graph .succeeded>.box,.statewright-graph .retried>.box{fill:#12301f;stroke:#3fb870}
.statewright-graph .succeeded .badge circle,.statewright-graph .retried .badge circle{fill:#3fb870}
.statewright-graph .caught>.box{fill:#35280f;stroke:#dd9f35}
.statewright-graph .caught .badge circle{fill:#dd9f35}
.statewright-graph .failed>.box{fill:#3a1a1c;stroke:#f06a6a}
.statewright-graph .failed .badge circle{fill:#f06a6a}
.statewright-graph .running>.box{fill:#13294b;stroke:#5c9cff}
.statewright-graph .running .badge circle{fill:#5c9cff}
.statewright-graph .aborted>.box{fill:#242a33;stroke:#8c96a4}
.statewright-graph .aborted .badge circle{fill:#8c96a4}
}
";
