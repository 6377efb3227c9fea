CREATE TABLE `notice` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`tenant` text,
	`content_key` text NOT NULL,
	`send_id` text NOT NULL,
	`send_row` integer,
	`kind` text NOT NULL,
	`class` text NOT NULL,
	`rule` text NOT NULL,
	`confidence` integer NOT NULL,
	`action` text NOT NULL,
	`suppression` text NOT NULL,
	`reply_code` integer,
	`reply_enhanced_code` text,
	`diagnostic` text,
	`remote_mta` text,
	`recipient` text,
	`final_recipient` text,
	`resolution` text NOT NULL,
	`certainty` text NOT NULL,
	`remark` text,
	`format` text NOT NULL,
	`received_at` integer NOT NULL,
	`header_date` integer,
	`size_bytes` integer NOT NULL,
	`recorded_at` integer NOT NULL,
	`feedback` text,
	FOREIGN KEY (`send_row`) REFERENCES `send`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `notice_of_send` ON `notice` (`content_key`,`send_id`);--> statement-breakpoint
CREATE INDEX `notice_send` ON `notice` (`send_row`);--> statement-breakpoint
CREATE INDEX `notice_waiting` ON `notice` (`send_id`) WHERE send_row is null;--> statement-breakpoint
CREATE INDEX `notice_feedback` ON `notice` (`id`) WHERE feedback = 'due';--> statement-breakpoint
ALTER TABLE `send` ADD `notice_kind` text;--> statement-breakpoint
ALTER TABLE `send` ADD `notice_class` text;--> statement-breakpoint
ALTER TABLE `send` ADD `notice_at` integer;