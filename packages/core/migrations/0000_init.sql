CREATE TABLE `bulk_change` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`change_type` text NOT NULL,
	`state` text NOT NULL,
	`portal_type` text DEFAULT 'M2M' NOT NULL,
	`optimization_session_id` text,
	`inverse_of` text,
	`request_id` text,
	`effective_at` integer,
	`not_after` integer,
	`canary_size` integer,
	`canary_most_unverified` real,
	`canary_verdict` text,
	`plan_hash` text,
	`device_count` integer DEFAULT 0 NOT NULL,
	`refused_count` integer DEFAULT 0 NOT NULL,
	`saving` text DEFAULT '0' NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`approved_by` text,
	`approved_at` integer,
	`cancelled_by` text,
	`cancelled_at` integer,
	`round` integer DEFAULT 0 NOT NULL,
	`processed_at` integer,
	`archived_at` integer,
	`deleted_at` integer,
	`removed_at` integer,
	`log_cut_seq` integer DEFAULT 0 NOT NULL,
	`log_cut_hash` text,
	`log_cut_signature` text,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `bulk_change_ended` ON `bulk_change` (`tenant_id`,`processed_at`) WHERE processed_at IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `bulk_change_session` ON `bulk_change` (`tenant_id`,`service_provider_id`,`optimization_session_id`) WHERE optimization_session_id IS NOT NULL AND state <> 'cancelled' AND deleted_at IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `bulk_change_inverse` ON `bulk_change` (`tenant_id`,`inverse_of`) WHERE inverse_of IS NOT NULL AND state <> 'cancelled' AND deleted_at IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `bulk_change_request` ON `bulk_change` (`tenant_id`,`request_id`) WHERE request_id IS NOT NULL AND deleted_at IS NULL;--> statement-breakpoint
CREATE TABLE `bulk_change_device` (
	`tenant_id` text NOT NULL,
	`bulk_change_id` text NOT NULL,
	`position` integer NOT NULL,
	`service_provider_id` text NOT NULL,
	`identifier` text NOT NULL,
	`carrier_device_id` text,
	`from_values` text NOT NULL,
	`to_values` text NOT NULL,
	`steps` text NOT NULL,
	`saving` integer,
	`is_irreversible` integer NOT NULL,
	`side_effects` text NOT NULL,
	`refusal_code` text,
	`refusal_text` text,
	`status` text NOT NULL,
	`code` text,
	`text` text,
	`step` integer DEFAULT 0 NOT NULL,
	`is_undoing` integer DEFAULT 0 NOT NULL,
	`round` integer DEFAULT 0 NOT NULL,
	`ready_at` integer,
	`processed_at` integer,
	`verified_at` integer,
	PRIMARY KEY(`tenant_id`, `bulk_change_id`, `position`)
);
--> statement-breakpoint
CREATE INDEX `bulk_change_device_ready` ON `bulk_change_device` (`tenant_id`,`bulk_change_id`,`service_provider_id`,`ready_at`,`position`) WHERE ready_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `bulk_change_device_carrier_id` ON `bulk_change_device` (`tenant_id`,`bulk_change_id`,`carrier_device_id`);--> statement-breakpoint
CREATE INDEX `bulk_change_device_waiting` ON `bulk_change_device` (`tenant_id`,`carrier_device_id`) WHERE ready_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `bulk_change_file` (
	`tenant_id` text NOT NULL,
	`bulk_change_id` text NOT NULL,
	`header` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `bulk_change_id`)
);
--> statement-breakpoint
CREATE TABLE `bulk_change_file_line` (
	`tenant_id` text NOT NULL,
	`bulk_change_id` text NOT NULL,
	`position` integer NOT NULL,
	`line` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `bulk_change_id`, `position`)
);
--> statement-breakpoint
CREATE TABLE `bulk_change_lane` (
	`tenant_id` text NOT NULL,
	`bulk_change_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`slice` integer DEFAULT 0 NOT NULL,
	`error_code` text,
	`error_text` text,
	PRIMARY KEY(`tenant_id`, `bulk_change_id`, `service_provider_id`)
);
--> statement-breakpoint
CREATE TABLE `bulk_change_log` (
	`tenant_id` text NOT NULL,
	`bulk_change_id` text NOT NULL,
	`seq` integer NOT NULL,
	`entry_key` text NOT NULL,
	`position` integer,
	`event` text NOT NULL,
	`log_entry_description` text NOT NULL,
	`process_by` text NOT NULL,
	`request_text` text,
	`response_text` text,
	`has_errors` integer NOT NULL,
	`response_status` text NOT NULL,
	`created_date` integer NOT NULL,
	`previous_hash` text,
	`hash` text,
	PRIMARY KEY(`tenant_id`, `bulk_change_id`, `seq`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `bulk_change_log_entry` ON `bulk_change_log` (`tenant_id`,`bulk_change_id`,`entry_key`);--> statement-breakpoint
CREATE INDEX `bulk_change_log_unsealed` ON `bulk_change_log` (`tenant_id`,`bulk_change_id`,`seq`) WHERE hash IS NULL;--> statement-breakpoint
CREATE TABLE `bulk_change_retention` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`settings` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `bulk_change_spool` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`page` integer NOT NULL,
	`devices` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`, `page`)
);
--> statement-breakpoint
CREATE TABLE `change_intent` (
	`tenant_id` text NOT NULL,
	`bulk_change_id` text NOT NULL,
	`position` integer NOT NULL,
	`round` integer NOT NULL,
	`step` integer NOT NULL,
	`is_undo` integer NOT NULL,
	`id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`via` text NOT NULL,
	`change` text NOT NULL,
	`request_id` text,
	`outcome` text,
	`code` text,
	`text` text,
	`created_at` integer NOT NULL,
	`read_due_at` integer,
	`deadline_at` integer,
	`looks` integer DEFAULT 0 NOT NULL,
	`is_recheck` integer DEFAULT 0 NOT NULL,
	`settled_at` integer,
	PRIMARY KEY(`tenant_id`, `bulk_change_id`, `position`, `round`, `step`, `is_undo`)
);
--> statement-breakpoint
CREATE INDEX `change_intent_open` ON `change_intent` (`tenant_id`,`bulk_change_id`,`service_provider_id`,`read_due_at`) WHERE settled_at IS NULL;--> statement-breakpoint
CREATE INDEX `change_intent_device` ON `change_intent` (`tenant_id`,`carrier_device_id`) WHERE settled_at IS NULL;--> statement-breakpoint
CREATE INDEX `change_intent_request` ON `change_intent` (`tenant_id`,`service_provider_id`,`request_id`) WHERE settled_at IS NULL AND request_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `row_to_process` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`added_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE TABLE `sync_summary` (
	`tenant_id` text NOT NULL,
	`sync_run_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`detail_last_sync_date` integer NOT NULL,
	`detail_queue_count` integer NOT NULL,
	`detail_updated_count` integer NOT NULL,
	`usage_last_sync_date` integer NOT NULL,
	`usage_queue_count` integer NOT NULL,
	`usage_updated_count` integer NOT NULL,
	`device_count` integer NOT NULL,
	`not_refreshed_count` integer DEFAULT 0 NOT NULL,
	`default_site_count` integer DEFAULT 0 NOT NULL,
	`restored_count` integer DEFAULT 0 NOT NULL,
	`new_communication_plans` text NOT NULL,
	`communication_plans_without_rate_plans` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `sync_run_id`)
);
--> statement-breakpoint
CREATE TABLE `customer` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`external_id` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `customer_external_id` ON `customer` (`tenant_id`,`external_id`) WHERE external_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `customer_rate_plan` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`code` text NOT NULL,
	`name` text NOT NULL,
	`base_rate` integer NOT NULL,
	`rate_charge` integer NOT NULL,
	`included_bytes` integer NOT NULL,
	`overage_cost` integer NOT NULL,
	`overage_block_bytes` integer NOT NULL,
	`sms_cost` integer NOT NULL,
	`allows_sim_pooling` integer NOT NULL,
	`bill_in_advance` integer NOT NULL,
	`auto_change_rate_plan` integer NOT NULL,
	`service_provider_ids` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `customer_rate_plan_code` ON `customer_rate_plan` (`tenant_id`,`code`);--> statement-breakpoint
CREATE TABLE `customer_rate_pool` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `customer_rate_pool_name` ON `customer_rate_pool` (`tenant_id`,`name`);--> statement-breakpoint
CREATE TABLE `device_assignment` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`customer_id` text,
	`site_id` text,
	`customer_rate_plan_id` text,
	`customer_rate_pool_id` text,
	`data_allocation_bytes` integer,
	`archived_at` integer,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE INDEX `device_assignment_customer` ON `device_assignment` (`tenant_id`,`customer_id`) WHERE customer_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `device_assignment_pool` ON `device_assignment` (`tenant_id`,`customer_rate_pool_id`) WHERE customer_rate_pool_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `site` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`customer_id` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `site_name` ON `site` (`tenant_id`,`customer_id`,`name`);--> statement-breakpoint
CREATE TABLE `billing_period` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`starts_at` integer NOT NULL,
	`id` text NOT NULL,
	`ends_at` integer NOT NULL,
	`time_zone` text NOT NULL,
	`usage_read_at` integer,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `starts_at`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `billing_period_id` ON `billing_period` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `communication_plan` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`name` text NOT NULL,
	`id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `name`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `communication_plan_id` ON `communication_plan` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `device` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`id` text NOT NULL,
	`iccid` text NOT NULL,
	`iccid_key` text NOT NULL,
	`msisdn` text,
	`imei` text,
	`eid` text,
	`status` text NOT NULL,
	`carrier_status` text NOT NULL,
	`carrier_rate_plan` text,
	`communication_plan` text,
	`activated_at` integer,
	`optimization_group` text,
	`content_hash` text NOT NULL,
	`missing_since` integer,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL,
	`read_at` integer,
	`fields` text,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_id` ON `device` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `device_iccid` ON `device` (`tenant_id`,`iccid_key`);--> statement-breakpoint
CREATE INDEX `device_msisdn` ON `device` (`tenant_id`,`msisdn`);--> statement-breakpoint
CREATE INDEX `device_imei` ON `device` (`tenant_id`,`imei`);--> statement-breakpoint
CREATE INDEX `device_eid` ON `device` (`tenant_id`,`eid`);--> statement-breakpoint
CREATE TABLE `device_next` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`sync_run_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`id` text NOT NULL,
	`iccid` text NOT NULL,
	`iccid_key` text NOT NULL,
	`status` text NOT NULL,
	`carrier_status` text NOT NULL,
	`carrier_rate_plan` text,
	`communication_plan` text,
	`content_hash` text NOT NULL,
	`missing_since` integer,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL,
	`staged_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `sync_run_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE INDEX `device_next_id` ON `device_next` (`tenant_id`,`service_provider_id`,`sync_run_id`,`id`);--> statement-breakpoint
CREATE INDEX `device_next_iccid` ON `device_next` (`tenant_id`,`service_provider_id`,`sync_run_id`,`iccid_key`);--> statement-breakpoint
CREATE TABLE `device_usage` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`billing_period_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`bytes` integer NOT NULL,
	`sms_count` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `billing_period_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE TABLE `device_usage_next` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`sync_run_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`billing_period_id` text NOT NULL,
	`bytes` integer NOT NULL,
	`sms_count` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `sync_run_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE TABLE `device_version` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`sync_run_id` text NOT NULL,
	`id` text NOT NULL,
	`iccid` text NOT NULL,
	`status` text NOT NULL,
	`carrier_status` text NOT NULL,
	`carrier_rate_plan` text,
	`communication_plan` text,
	`missing_since` integer,
	`changed_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `carrier_device_id`, `sync_run_id`)
);
--> statement-breakpoint
CREATE TABLE `inventory_publication` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`generation` integer NOT NULL,
	`sync_run_id` text NOT NULL,
	`unsettled_run_id` text,
	`published_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`)
);
--> statement-breakpoint
CREATE TABLE `mobility_group_rate_plan` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`optimization_group` text NOT NULL,
	`rate_plan` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `optimization_group`, `rate_plan`)
);
--> statement-breakpoint
CREATE TABLE `permitted_rate_plan` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`communication_plan` text NOT NULL,
	`rate_plan` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `communication_plan`, `rate_plan`)
);
--> statement-breakpoint
CREATE TABLE `rate_plan` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`name` text NOT NULL,
	`id` text NOT NULL,
	`monthly` integer,
	`rate_charge` integer DEFAULT 0 NOT NULL,
	`plan_type` text,
	`included_bytes` integer,
	`pool` text,
	`overage_cost` integer,
	`overage_block_bytes` integer,
	`overage_rounding` text NOT NULL,
	`sms_included` integer NOT NULL,
	`sms_cost` integer NOT NULL,
	`version` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `name`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rate_plan_id` ON `rate_plan` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `replaced_identifier` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`device_id` text NOT NULL,
	`replaced_by` text NOT NULL,
	`replaced_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `kind`, `value`, `device_id`, `replaced_by`)
);
--> statement-breakpoint
CREATE INDEX `replaced_identifier_device` ON `replaced_identifier` (`tenant_id`,`device_id`);--> statement-breakpoint
CREATE TABLE `job` (
	`seq` integer PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`queue` text NOT NULL,
	`type` text NOT NULL,
	`payload` text NOT NULL,
	`priority` integer DEFAULT 5 NOT NULL,
	`state` text DEFAULT 'ready' NOT NULL,
	`run_at` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`max_attempts` integer NOT NULL,
	`target` text DEFAULT '' NOT NULL,
	`dedupe_key` text,
	`error_code` text,
	`error_message` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	`lease_token` text,
	`due` integer DEFAULT 1 NOT NULL,
	`blocked` integer DEFAULT 0 NOT NULL,
	`lane` text,
	`lane_position` integer,
	`heirs` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `job_id` ON `job` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `job_ready` ON `job` (`queue`,`tenant_id`,`target`,`priority`,`run_at`) WHERE state = 'ready' AND due = 1;--> statement-breakpoint
CREATE INDEX `job_waiting` ON `job` (`run_at`) WHERE due = 0 AND blocked = 0 AND state = 'ready';--> statement-breakpoint
CREATE INDEX `job_heirs` ON `job` (`heirs`) WHERE heirs = 2;--> statement-breakpoint
CREATE INDEX `job_dead` ON `job` (`tenant_id`,`id`) WHERE state = 'dead';--> statement-breakpoint
CREATE INDEX `job_lane` ON `job` (`tenant_id`,`lane`,`lane_position`) WHERE lane IS NOT NULL AND state = 'ready';--> statement-breakpoint
CREATE UNIQUE INDEX `job_dedupe` ON `job` (`tenant_id`,`dedupe_key`) WHERE dedupe_key IS NOT NULL AND state = 'ready';--> statement-breakpoint
CREATE TABLE `job_archive` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`queue` text NOT NULL,
	`type` text NOT NULL,
	`payload` text NOT NULL,
	`priority` integer DEFAULT 5 NOT NULL,
	`state` text DEFAULT 'ready' NOT NULL,
	`run_at` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`max_attempts` integer NOT NULL,
	`target` text DEFAULT '' NOT NULL,
	`dedupe_key` text,
	`error_code` text,
	`error_message` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	`lease_token` text,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `job_archive_finished` ON `job_archive` (`finished_at`);--> statement-breakpoint
CREATE TABLE `job_attempt` (
	`seq` integer PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`job_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer NOT NULL,
	`outcome` text NOT NULL,
	`error_code` text,
	`lease_token` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `job_attempt_job` ON `job_attempt` (`tenant_id`,`job_id`);--> statement-breakpoint
CREATE TABLE `job_claim` (
	`token` text PRIMARY KEY NOT NULL,
	`claimed_at` integer NOT NULL,
	`lease_ms` integer NOT NULL,
	`lease_until` integer NOT NULL,
	`seqs` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `job_limit` (
	`tenant_id` text NOT NULL,
	`queue` text NOT NULL,
	`target` text NOT NULL,
	`max_in_flight` integer,
	`interval_ms` integer,
	`burst` integer DEFAULT 1 NOT NULL,
	`arrival_at` integer DEFAULT 0 NOT NULL,
	`blocked_until` integer DEFAULT 0 NOT NULL,
	`paused_at` integer,
	PRIMARY KEY(`tenant_id`, `queue`, `target`)
);
--> statement-breakpoint
CREATE TABLE `job_message` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`source` text NOT NULL,
	`message_id` text NOT NULL,
	`state` text NOT NULL,
	`message` text NOT NULL,
	`error_code` text,
	`error_field` text,
	`error_message` text,
	`attempts` integer NOT NULL,
	`received_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `job_message_delivered` ON `job_message` (`tenant_id`,`source`,`message_id`);--> statement-breakpoint
CREATE INDEX `job_message_dead` ON `job_message` (`tenant_id`,`id`) WHERE state = 'dead';--> statement-breakpoint
CREATE INDEX `job_message_accepted` ON `job_message` (`received_at`) WHERE state = 'accepted';--> statement-breakpoint
CREATE TABLE `job_parent` (
	`tenant_id` text NOT NULL,
	`job_id` text NOT NULL,
	`parent_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `job_id`, `parent_id`)
);
--> statement-breakpoint
CREATE INDEX `job_parent_parent` ON `job_parent` (`tenant_id`,`parent_id`);--> statement-breakpoint
CREATE TABLE `job_schedule` (
	`tenant_id` text NOT NULL,
	`name` text NOT NULL,
	`rule` text NOT NULL,
	`next_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `name`)
);
--> statement-breakpoint
CREATE TABLE `notification_setting` (
	`tenant_id` text NOT NULL,
	`deliverer` text NOT NULL,
	`sealed` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `deliverer`)
);
--> statement-breakpoint
CREATE TABLE `notified_progress` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`progress` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `session_id`)
);
--> statement-breakpoint
CREATE TABLE `webhook_endpoint` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`sealed_url` text NOT NULL,
	`types` text NOT NULL,
	`secret` text NOT NULL,
	`previous_secret` text,
	`previous_until` integer,
	`created_at` integer NOT NULL,
	`disabled_at` integer,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `optimization_apply` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`guard_rails` text NOT NULL,
	`not_after` integer,
	`moves_per_second` real,
	`moves_in_time` integer,
	`current_cost` text NOT NULL,
	`session_cost` text NOT NULL,
	`planned_cost` text NOT NULL,
	`move_count` integer NOT NULL,
	`held_back` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`reconciliation` text,
	PRIMARY KEY(`tenant_id`, `session_id`)
);
--> statement-breakpoint
CREATE TABLE `optimization_apply_move` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`position` integer NOT NULL,
	`carrier_device_id` text NOT NULL,
	`from_rate_plan` text NOT NULL,
	`to_rate_plan` text NOT NULL,
	`saving` integer NOT NULL,
	`held_back_by` text,
	`reason` text,
	PRIMARY KEY(`tenant_id`, `session_id`, `position`)
);
--> statement-breakpoint
CREATE TABLE `optimization_group` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`position` integer NOT NULL,
	`problem` integer NOT NULL,
	`eligibility` integer NOT NULL,
	`communication_plans` text NOT NULL,
	`device_count` integer NOT NULL,
	`direct_reason` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `session_id`, `position`)
);
--> statement-breakpoint
CREATE TABLE `optimization_group_rate_plan` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`group` integer NOT NULL,
	`position` integer NOT NULL,
	`rate_plan` text NOT NULL,
	`max_avg_usage` integer,
	PRIMARY KEY(`tenant_id`, `session_id`, `group`, `position`)
);
--> statement-breakpoint
CREATE TABLE `optimization_problem` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`position` integer NOT NULL,
	`status` text NOT NULL,
	`definition` text NOT NULL,
	`device_count` integer NOT NULL,
	`move_count` integer DEFAULT 0 NOT NULL,
	`current_cost` text,
	`base_cost` text,
	`per_sim_cheapest_cost` text,
	`sequences_cost` text,
	`cost` text,
	`lower_bound` text,
	`components` text,
	`proof` text,
	`multipliers` text,
	`winner` text,
	`solve_ms` integer,
	PRIMARY KEY(`tenant_id`, `session_id`, `position`)
);
--> statement-breakpoint
CREATE TABLE `optimization_queue_item` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`group` integer NOT NULL,
	`position` integer NOT NULL,
	`sequence` text NOT NULL,
	`status` text NOT NULL,
	`cost` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`finished_at` integer,
	PRIMARY KEY(`tenant_id`, `session_id`, `group`, `position`)
);
--> statement-breakpoint
CREATE TABLE `optimization_cohort` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`position` integer NOT NULL,
	`communication_plan` text,
	`rate_plan` text,
	`service_provider_id` text NOT NULL,
	`portal_type` text NOT NULL,
	`problem` integer,
	`eligibility` integer,
	`exclusion` text,
	`device_count` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `session_id`, `position`)
);
--> statement-breakpoint
CREATE TABLE `optimization_sims` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`cohort` integer NOT NULL,
	`chunk` integer NOT NULL,
	`columns` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `session_id`, `cohort`, `chunk`)
);
--> statement-breakpoint
CREATE TABLE `optimization_result` (
	`tenant_id` text NOT NULL,
	`session_id` text NOT NULL,
	`cohort` integer NOT NULL,
	`carrier_device_id` text NOT NULL,
	`usage_bytes` integer NOT NULL,
	`projected_bytes` integer NOT NULL,
	`low_bytes` integer NOT NULL,
	`high_bytes` integer NOT NULL,
	`sms_count` integer NOT NULL,
	`days` integer NOT NULL,
	`to_rate_plan` text,
	`charge_before` integer NOT NULL,
	`charge_after` integer NOT NULL,
	`next_rate_plan` text,
	`margin_to_next` integer,
	PRIMARY KEY(`tenant_id`, `session_id`, `cohort`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE TABLE `optimization_session` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`billing_period_id` text NOT NULL,
	`sync_run_id` text,
	`request` text NOT NULL,
	`status` text NOT NULL,
	`prepared_by` text,
	`progress` integer DEFAULT -1 NOT NULL,
	`expected_device_count` integer DEFAULT 0 NOT NULL,
	`device_count` integer DEFAULT 0 NOT NULL,
	`group_count` integer DEFAULT 0 NOT NULL,
	`problem_count` integer DEFAULT 0 NOT NULL,
	`move_count` integer DEFAULT 0 NOT NULL,
	`current_cost` text,
	`base_cost` text,
	`per_sim_cheapest_cost` text,
	`sequences_cost` text,
	`cost` text,
	`lower_bound` text,
	`components` text,
	`dropped_rate_plans` text DEFAULT '[]' NOT NULL,
	`error_code` text,
	`error_message` text,
	`started_at` integer NOT NULL,
	`finished_at` integer,
	`reconciliation` text,
	`superseded_by` text,
	`deleted_at` integer,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `optimization_session_running` ON `optimization_session` (`tenant_id`) WHERE status NOT IN ('CompleteWithSuccess', 'CompleteWithErrors');--> statement-breakpoint
CREATE TABLE `device_authentication` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`integration_authentication_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE TABLE `integration_authentication` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`username` text NOT NULL,
	`sealed_api_key` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `integration_authentication_name` ON `integration_authentication` (`tenant_id`,`service_provider_id`,`name`);--> statement-breakpoint
CREATE TABLE `service_provider` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`integration_type` text NOT NULL,
	`base_url` text NOT NULL,
	`username` text NOT NULL,
	`sealed_api_key` text NOT NULL,
	`billing_period_end_day` integer NOT NULL,
	`billing_period_end_hour` integer NOT NULL,
	`time_zone` text NOT NULL,
	`uses_proration` integer NOT NULL,
	`optimization_start_hour` integer,
	`default_site_id` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `service_provider_name` ON `service_provider` (`tenant_id`,`name`);--> statement-breakpoint
CREATE TABLE `content_stage` (
	`tenant_id` text NOT NULL,
	`sync_run_id` text NOT NULL,
	`content_hash` text NOT NULL,
	`status` text NOT NULL,
	`carrier_status` text NOT NULL,
	`rate_plan` text,
	`communication_plan` text,
	PRIMARY KEY(`tenant_id`, `sync_run_id`, `content_hash`)
);
--> statement-breakpoint
CREATE TABLE `device_stage` (
	`tenant_id` text NOT NULL,
	`sync_run_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`content_hash` text NOT NULL,
	`iccid` text,
	`rejection` text,
	`staged_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `sync_run_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE INDEX `device_stage_iccid` ON `device_stage` (`tenant_id`,`sync_run_id`,`iccid`) WHERE iccid IS NOT NULL;--> statement-breakpoint
CREATE INDEX `device_stage_rejected` ON `device_stage` (`tenant_id`,`sync_run_id`) WHERE rejection IS NOT NULL;--> statement-breakpoint
CREATE TABLE `sync_run` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`billing_period_id` text NOT NULL,
	`mode` text NOT NULL,
	`lookback` text NOT NULL,
	`modified_since` integer,
	`status` text NOT NULL,
	`phase` text NOT NULL,
	`checkpoint` text,
	`slices` integer DEFAULT 0 NOT NULL,
	`pages` integer DEFAULT 0 NOT NULL,
	`pages_expected` integer DEFAULT 0 NOT NULL,
	`usage_pages` integer DEFAULT 0 NOT NULL,
	`page_failures` integer DEFAULT 0 NOT NULL,
	`restarts` integer DEFAULT 0 NOT NULL,
	`staged` integer DEFAULT 0 NOT NULL,
	`rejected` integer DEFAULT 0 NOT NULL,
	`inserted` integer DEFAULT 0 NOT NULL,
	`updated` integer DEFAULT 0 NOT NULL,
	`unchanged` integer DEFAULT 0 NOT NULL,
	`missing` integer DEFAULT 0 NOT NULL,
	`missing_confirmed_at` integer,
	`certificate` text,
	`error_code` text,
	`error_message` text,
	`optimize_after` integer NOT NULL,
	`optimization_session_id` text,
	`started_at` integer NOT NULL,
	`published_at` integer,
	`finished_at` integer,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sync_run_active` ON `sync_run` (`tenant_id`,`service_provider_id`) WHERE status = 'active';--> statement-breakpoint
CREATE TABLE `sync_watermark` (
	`tenant_id` text NOT NULL,
	`service_provider_id` text NOT NULL,
	`at` integer NOT NULL,
	`sync_run_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `service_provider_id`)
);
--> statement-breakpoint
CREATE TABLE `usage_stage` (
	`tenant_id` text NOT NULL,
	`sync_run_id` text NOT NULL,
	`carrier_device_id` text NOT NULL,
	`bytes` integer NOT NULL,
	`sms_count` integer NOT NULL,
	`parts` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `sync_run_id`, `carrier_device_id`)
);
--> statement-breakpoint
CREATE TABLE `api_key` (
	`tenant_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`prefix` text NOT NULL,
	`key_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_key_hash` ON `api_key` (`key_hash`);--> statement-breakpoint
CREATE INDEX `api_key_prefix` ON `api_key` (`prefix`);--> statement-breakpoint
CREATE TABLE `audit_entry` (
	`tenant_id` text NOT NULL,
	`seq` integer NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`outcome` text NOT NULL,
	`detail` text,
	`previous_hash` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `seq`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_entry_id` ON `audit_entry` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entry_at` ON `audit_entry` (`tenant_id`,`at`);--> statement-breakpoint
CREATE TABLE `audit_log` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`hash` text NOT NULL,
	`checkpoint_seq` integer DEFAULT 0 NOT NULL,
	`checkpoint_hash` text,
	`checkpoint_signature` text
);
--> statement-breakpoint
CREATE TABLE `tenant` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
