//! Maps of so many items that their fan-in has several groups, slots and shards.

/// More children than a bucket has, all at once.
pub(super) const WIDE: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","Next":"After","ItemProcessor":{"StartAt":"Ready","States":{
        "Ready":{"Type":"Pass","Next":"Item"},
        "Item":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"End":true}}}},
    "After":{"Type":"Pass","End":true}}}"#;

/// More children than a bucket has, a few at once, some of which end with their first record.
pub(super) const WIDE_SLOTS: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","MaxConcurrency":2,"Next":"Again","ItemProcessor":{"StartAt":"Item","States":{
        "Item":{"Type":"Pass","End":true}}}},
    "Again":{"Type":"Map","MaxConcurrency":3,"End":true,"ItemProcessor":{"StartAt":"Call","States":{
        "Call":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Pass"},
        "Pass":{"Type":"Pass","End":true}}}}}}"#;

/// More slots than a shard has.
pub(super) const WIDE_SHARDS: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","MaxConcurrency":6,"End":true,"ItemProcessor":{"StartAt":"Item","States":{
        "Item":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Pass"},
        "Pass":{"Type":"Pass","End":true}}}}}}"#;

/// A child fails while those of other buckets have ended, run, or have not begun.
pub(super) const WIDE_FAILS: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","End":true,
        "Retry":[{"ErrorEquals":["Fragile"],"IntervalSeconds":1,"MaxAttempts":2}],
        "ItemProcessor":{"StartAt":"Item","States":{
            "Item":{"Type":"Task","Resource":"@function:fragile","Retry":[@lost],"Next":"Wait"},
            "Wait":{"Type":"Wait","Seconds":60,"Next":"Last"},
            "Last":{"Type":"Pass","End":true}}}}}}"#;

/// A child fails while others wait for a slot.
pub(super) const WIDE_SLOTS_FAIL: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","MaxConcurrency":5,"End":true,
        "Retry":[{"ErrorEquals":["Fragile"],"IntervalSeconds":1,"MaxAttempts":2}],
        "ItemProcessor":{"StartAt":"Ready","States":{
            "Ready":{"Type":"Pass","Next":"Item"},
            "Item":{"Type":"Task","Resource":"@function:fragile","Retry":[@lost],
                "End":true}}}}}}"#;

/// A branch fails while a fork of several buckets runs in another one.
pub(super) const WIDE_INSIDE: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","End":true,
        "Catch":[{"ErrorEquals":["Broken"],"ResultPath":null,"Next":"Mend"}],"Branches":[
        {"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,
            "ItemProcessor":{"StartAt":"Item","States":{
                "Item":{"Type":"Task","Resource":"@function:echo","Retry":[@lost],"Next":"Long"},
                "Long":{"Type":"Wait","Seconds":100000,"End":true}}}}}},
        {"StartAt":"Breaks","States":{
            "Breaks":{"Type":"Task","Resource":"@function:broken","Retry":[@lost],
                "End":true}}}]},
    "Mend":{"Type":"Pass","End":true}}}"#;

pub(super) const FAILS_WIDE: &str = r#"{"StartAt":"Each","States":{
    "Each":{"Type":"Map","End":true,
        "Catch":[{"ErrorEquals":["OnPurpose"],"ResultPath":null,"Next":"Mend"}],
        "ItemProcessor":{"StartAt":"Which","States":{
            "Which":{"Type":"Choice","Default":"Long","Choices":[
                {"Variable":"$","NumericEquals":79,"Next":"Short"}]},
            "Long":{"Type":"Wait","Seconds":100000,"End":true},
            "Short":{"Type":"Wait","Seconds":40,"Next":"Fails"},
            "Fails":{"Type":"Fail","Error":"OnPurpose"}}}},
    "Mend":{"Type":"Pass","End":true}}}"#;
