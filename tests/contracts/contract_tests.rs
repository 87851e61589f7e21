//! The list of all contract tests, each of which every store must pass. One that is not listed
//! here is dead code, which the compiler reports.

/// Makes each test of each port of a store.
macro_rules! store_contract_tests {
    ($store:ident) => {
        mod $store {
            port_tests! { $store, log:
                an_append_wins_once,
                an_append_returns_what_is_loaded,
                of_many_appends_of_one_key_one_wins,
                appends_of_many_keys_all_win,
                records_are_loaded_in_the_order_asked,
                hundreds_of_records_are_loaded_at_once,
                the_head_is_the_newest_record,
                a_head_is_of_its_own_frame,
                a_lease_is_the_later_of_append_and_renewal,
                a_lease_is_as_long_as_the_record_says,
                a_renewal_makes_no_record,
                the_largest_payload_is_kept,
                a_payload_is_kept_to_the_letter,
                a_payload_that_an_earlier_record_holds_is_read_back,
                a_record_and_a_gate_share_a_key,
            }
            port_tests! { $store, history:
                history_is_every_log,
                an_unknown_execution_has_no_history,
                a_long_history_is_whole,
                a_page_of_a_log_begins_where_it_is_told_to,
            outlines_come_log_after_log,
            }
            port_tests! { $store, fan_ins:
                a_fan_in_does_what_the_model_does,
                an_unopened_gate_is_open_until_it_is_closed,
                a_frame_asks_all_forks_above_it_at_once,
                of_two_openings_the_first_counts,
                slots_are_opened_once,
                an_end_reported_by_many_moves_its_slot_once,
                children_that_end_at_once_start_one_each,
            }
            port_tests! { $store, deaths:
                a_count_of_deaths_is_kept_until_it_is_removed,
                each_message_has_a_count_of_its_own,
                an_execution_has_counts_of_its_own,
            }
            port_tests! { $store, executions:
                a_name_is_started_once,
                an_execution_is_created_at_its_end,
                of_many_starts_of_one_name_one_is_done,
                the_largest_input_and_output_are_kept,
                an_execution_ends_once,
                an_execution_ends_as_it_is_told,
                a_redriven_execution_runs_and_ends_again,
                an_end_tells_of_its_redrive,
                a_redriven_execution_is_listed_by_its_redrive,
                an_end_starts_nothing,
                a_list_is_newest_first_in_pages,
                a_list_shows_start_end_and_status,
                a_list_loses_none_of_one_moment,
                a_foreign_page_token_is_a_fault,
                a_list_has_what_was_started_with_a_version_or_an_alias,
            }
            port_tests! { $store, history_limit:
                children_that_fill_the_history_fail_their_execution,
            }
            port_tests! { $store, task_answers:
                of_many_answers_to_one_token_one_is_acknowledged,
            }
            port_tests! { $store, activities:
                an_activity_is_created_once,
                an_activity_is_replaced_only_while_it_exists,
                activities_are_listed_by_name,
                tasks_wait_in_the_order_of_their_times,
                every_waiting_worker_sees_a_task_of_its_own,
                a_worker_gets_a_task_and_answers,
                many_workers_get_each_task_once,
                what_was_stopped_or_is_late_is_given_to_nobody,
                a_task_of_no_activity_fails,
            }
            port_tests! { $store, machines:
                a_machine_is_created_once,
                of_many_creations_one_is_done,
                a_replaced_machine_keeps_its_revisions,
                a_machine_is_replaced_under_one_revision,
                a_change_of_versions_follows_the_one_before,
                of_many_changes_of_versions_one_is_done,
                a_replaced_machine_keeps_its_versions,
                a_machine_that_is_gone_is_not_replaced,
                a_thousand_versions_are_kept,
                the_largest_definition_is_kept,
                machines_are_listed_by_name,
                a_deleted_machine_takes_everything_along,
            }
        }
    };
}

macro_rules! port_tests {
    ($store:ident, $port:ident: $($test:ident,)+) => {
        mod $port {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    let test = async |store: &_| crate::$port::$test(store).await;
                    crate::stores::$store(test).await;
                }
            )+
        }
    };
}

/// Makes each test of a queue.
macro_rules! queue_contract_tests {
    ($queue:ident) => {
        queue_tests! { $queue:
            a_message_is_received_at_once_from_its_queue,
            a_message_is_not_received_before_its_time,
            a_message_of_the_far_future_comes_then,
            an_acknowledged_message_is_gone,
            a_message_comes_back_until_it_is_acknowledged,
            a_hidden_message_hides_no_other,
            of_many_messages_sent_at_once_none_is_lost,
            of_many_messages_sent_together_each_comes_once,
            a_message_arrives_as_it_was_sent,
        }
    };
}

macro_rules! queue_tests {
    ($queue:ident: $($test:ident,)+) => {
        mod $queue {
            $(
                #[tokio::test(start_paused = true)]
                async fn $test() {
                    let test = async |queue_ends: &_| crate::queue::$test(queue_ends).await;
                    crate::queues::$queue(test).await;
                }
            )+
        }
    };
}

store_contract_tests!(embedded_in_a_file);
store_contract_tests!(embedded_in_memory);
store_contract_tests!(memory);
store_contract_tests!(aws_on_dynamodb);
store_contract_tests!(aws_over_http);
/// Makes the tests of a port that the stores of one machine have nothing to do for.
macro_rules! job_index_tests {
    ($($store:ident,)+) => {
        mod job_index {
            $(mod $store {
                port_tests! { $store, job_index: the_task_that_waits_for_a_job_is_found, }
            })+
        }
    };
}

job_index_tests!(memory, aws_on_dynamodb, aws_over_http,);
queue_contract_tests!(embedded_queue);
queue_contract_tests!(memory_queue);
queue_contract_tests!(aws_queues);
