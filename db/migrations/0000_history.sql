CREATE TABLE `attachment` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`message_row` integer NOT NULL,
	`position` integer NOT NULL,
	`filename` text NOT NULL,
	`content_type` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	FOREIGN KEY (`message_row`) REFERENCES `message`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `attachment_place` ON `attachment` (`message_row`,`position`,`tenant`);--> statement-breakpoint
CREATE TABLE `attempt` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`event_id` text NOT NULL,
	`send_row` integer NOT NULL,
	`number` integer NOT NULL,
	`result` text,
	`state` text NOT NULL,
	`at` integer NOT NULL,
	`next_at` integer,
	`mode` text,
	`route` text,
	`reply_code` integer,
	`reply_enhanced_code` text,
	`reply_text` text,
	`reason` text,
	`recorded_at` integer NOT NULL,
	FOREIGN KEY (`send_row`) REFERENCES `send`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `attempt_event` ON `attempt` (`event_id`,`tenant`);--> statement-breakpoint
CREATE INDEX `attempt_send` ON `attempt` (`send_row`,`number`);--> statement-breakpoint
CREATE TABLE `body` (
	`message_row` integer PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`text` text,
	`html` text,
	FOREIGN KEY (`message_row`) REFERENCES `message`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `contact` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`name` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `contact_address` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`contact_id` integer NOT NULL,
	`address` text NOT NULL,
	`address_key` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`contact_id`) REFERENCES `contact`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `contact_address_key` ON `contact_address` (`address_key`,`tenant`);--> statement-breakpoint
CREATE INDEX `contact_address_contact` ON `contact_address` (`contact_id`);--> statement-breakpoint
CREATE TABLE `dropbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`sender_id` integer NOT NULL,
	`token_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer,
	FOREIGN KEY (`sender_id`) REFERENCES `sender`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dropbox_token` ON `dropbox` (`token_hash`);--> statement-breakpoint
CREATE INDEX `dropbox_sender` ON `dropbox` (`sender_id`);--> statement-breakpoint
CREATE TABLE `history_entry` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`contact_id` integer NOT NULL,
	`message_row` integer NOT NULL,
	`send_row` integer,
	`kind` text NOT NULL,
	`sender_address` text,
	`sender_name` text,
	`occurred_at` integer NOT NULL,
	`recorded_at` integer NOT NULL,
	`dedupe_key` text NOT NULL,
	`payload` text NOT NULL,
	FOREIGN KEY (`contact_id`) REFERENCES `contact`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`message_row`) REFERENCES `message`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`send_row`) REFERENCES `send`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `history_entry_dedupe` ON `history_entry` (`dedupe_key`,`tenant`);--> statement-breakpoint
CREATE INDEX `history_entry_timeline` ON `history_entry` (`contact_id`,`occurred_at`,`id`);--> statement-breakpoint
CREATE INDEX `history_entry_message` ON `history_entry` (`message_row`);--> statement-breakpoint
CREATE TABLE `intake` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`cursor_id` integer NOT NULL,
	`uid` integer NOT NULL,
	`tenant` text,
	`state` text NOT NULL,
	`reason` text,
	`detail` text,
	`from_address` text,
	`rule` text,
	`content_key` text,
	`message_row` integer,
	`internal_date` integer NOT NULL,
	`size_bytes` integer NOT NULL,
	`recorded_at` integer NOT NULL,
	`moved_at` integer,
	FOREIGN KEY (`cursor_id`) REFERENCES `mailbox_cursor`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`message_row`) REFERENCES `message`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `intake_uid` ON `intake` (`cursor_id`,`uid`);--> statement-breakpoint
CREATE INDEX `intake_state` ON `intake` (`state`,`recorded_at`);--> statement-breakpoint
CREATE INDEX `intake_unmoved` ON `intake` (`cursor_id`) WHERE moved_at is null;--> statement-breakpoint
CREATE TABLE `lease` (
	`mailbox` text PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`fencing_token` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `mailbox_cursor` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`account` text NOT NULL,
	`path` text NOT NULL,
	`uid_validity` text NOT NULL,
	`last_uid` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mailbox_cursor_epoch` ON `mailbox_cursor` (`account`,`path`,`uid_validity`);--> statement-breakpoint
CREATE TABLE `message` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`message_id` text,
	`content_key` text,
	`kind` text,
	`message_id_header` text,
	`in_reply_to` text,
	`subject` text,
	`from_address` text,
	`from_name` text,
	`header_date` integer,
	`occurred_at` integer NOT NULL,
	`size_bytes` integer,
	`content_from` text,
	`metadata` text,
	`recorded_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `message_own` ON `message` (`message_id`,`tenant`);--> statement-breakpoint
CREATE UNIQUE INDEX `message_content_key` ON `message` (`content_key`,`tenant`);--> statement-breakpoint
CREATE TABLE `message_party` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`message_row` integer NOT NULL,
	`role` text NOT NULL,
	`position` integer NOT NULL,
	`address` text NOT NULL,
	`name` text,
	FOREIGN KEY (`message_row`) REFERENCES `message`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `message_party_place` ON `message_party` (`message_row`,`role`,`position`,`tenant`);--> statement-breakpoint
CREATE TABLE `message_sender` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`message_row` integer NOT NULL,
	`sender_id` integer NOT NULL,
	`rule` text NOT NULL,
	`recorded_at` integer NOT NULL,
	FOREIGN KEY (`message_row`) REFERENCES `message`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`sender_id`) REFERENCES `sender`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `message_sender_pair` ON `message_sender` (`message_row`,`sender_id`,`tenant`);--> statement-breakpoint
CREATE TABLE `send` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`send_id` text NOT NULL,
	`message_row` integer NOT NULL,
	`contact_id` integer NOT NULL,
	`recipient` text NOT NULL,
	`state` text NOT NULL,
	`attempt_count` integer NOT NULL,
	`last_attempt` integer NOT NULL,
	`mode` text,
	`route` text,
	`reply_code` integer,
	`reply_enhanced_code` text,
	`reply_text` text,
	`reason` text,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL,
	`next_at` integer,
	`final_at` integer,
	FOREIGN KEY (`message_row`) REFERENCES `message`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`contact_id`) REFERENCES `contact`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `send_own` ON `send` (`send_id`,`tenant`);--> statement-breakpoint
CREATE INDEX `send_message` ON `send` (`message_row`);--> statement-breakpoint
CREATE INDEX `send_waiting` ON `send` (`contact_id`,`first_at`,`id`) WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX `send_state` ON `send` (`tenant`,`state`);--> statement-breakpoint
CREATE TABLE `sender` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text NOT NULL,
	`name` text NOT NULL,
	`address` text NOT NULL,
	`address_key` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sender_address` ON `sender` (`address_key`,`tenant`);