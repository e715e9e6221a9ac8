"""Every field that Discourse is known to send: those used, and those left aside on purpose."""

from connectors.accounting import known_fields
from connectors.parts.discourse.fields import Head, Written


def _below(holder: str, names: str) -> set[str]:
    """Return the paths of names under a holder; a name that ends with `*` stands for all below."""
    at = f"{holder}." if holder else ""
    return {
        f"{at}{path}"
        for name in names.split()
        for path in ({name.removesuffix(".*"), name} if name.endswith(".*") else {name})
    }


_OF_POSTS = (
    " ".join(Written.__struct_fields__)
    # What the reader may do or has done, and how the page shows the author.
    + " admin avatar_template badges_granted bookmark_auto_delete_preference bookmark_id"
    " bookmark_name bookmark_reminder_at bookmarked can_accept_answer can_delete can_edit"
    " can_permanently_delete can_recover can_see_hidden_post can_translate can_unaccept_answer"
    " can_view_edit_history can_vote can_wiki display_username draft_sequence flair_bg_color"
    " flair_color flair_group_id flair_name flair_url group_moderator locked moderator notice.*"
    " primary_group_flair_bg_color primary_group_flair_color primary_group_flair_url"
    " primary_group_name read staff static_doc title_is_group trust_level user_custom_fields.*"
    " user_status.* user_suspended user_title yours current_user_reaction.*"
    # What the body or another field says already.
    " _category_id action_code action_code_path action_code_who deleted_by.* edit_reason excerpt"
    " hidden_reason_id id is_auto_generated last_wiki_edit link_counts.* mentioned_users.* polls.*"
    " polls_votes.* post_url posts_count raw reply_to_user.* topic_html_title truncated via_email"
    " wiki is_localized language localized_title"
    # What the forum's plugins and its own scores add.
    " accepted_answer accepted_answer.* topic_accepted_answer avg_time incoming_link_count"
    " quote_count readers_count score reactions.* reaction_users_count"
    " current_user_used_main_reaction event.* calendar_details.* user_signature"
    " reviewable_id reviewable_score_count reviewable_score_pending_count"
)
_OF_SUMMARIES = "id count acted can_act can_undo hidden"
_OF_TAGS = "id name slug"

_OF_TOPICS = (
    " ".join(Head.__struct_fields__)
    # What lists are read by.
    + " bumped_at created_at highest_post_number last_posted_at pinned pinned_globally posts_count"
    # What the reader may do or has done.
    " bookmarked bookmarks.* current_post_number draft draft_key draft_sequence last_read_post_id"
    " last_read_post_number liked liked_post_numbers message_archived message_bus_last_id new_posts"
    " notification_level op_can_like op_liked posted unpinned unread unread_posts unseen"
    " user_last_posted_at actions_summary can_vote user_voted show_read_indicator"
    # What its posts say, or how its state stands now.
    " accepted_answer accepted_answer.* archived bumped chunk_size closed deleted_at deleted_by.*"
    " details.* excerpt expandable_first_post external_id fancy_title fancy_title_localized"
    " featured_link featured_link_root_domain first_post_id has_accepted_answer has_best_of"
    " has_deleted has_summary image_url is_hot is_shared_draft is_warning last_poster_username"
    " last_poster.* like_count locale op_like_count participant_count participant_groups.*"
    " participants.* pending_posts.* pinned_at pinned_until pm_with_non_human_user posters.*"
    " private_topic_name published_page.* queued_posts_count replies_to_post_number reply_count"
    " requested_group_name slow_mode_enabled_until slow_mode_seconds slug summarizable"
    " tags_descriptions.* tags_disable_ads thumbnails.* timeline_lookup topic_creator.*"
    " topic_timer.* unicode_title user_id valid_reactions views visible vote_count word_count"
    " destination_category_id allowed_user_count category.* first_post_details.* rank_details.*"
)

_OF_CATEGORIES = (
    # What its topics are found by.
    "id slug name parent_category_id read_restricted subcategory_list"
    # How it is shown and who may do what.
    " allow_global_tags allowed_tag_groups allowed_tags background_url can_edit category_setting.*"
    " color custom_fields.* default_list_filter default_top_period default_view description"
    " description_excerpt description_text emoji featured_user_id featured_user_ids"
    " form_template_ids has_children hotness icon is_uncategorized locale minimum_required_tags"
    " navigate_to_first_post_after_read notification_level num_featured_topics permission position"
    " post_count read_only_banner required_tag_groups.* show_subcategory_list sort_ascending"
    " sort_order style_type subcategory_count subcategory_ids subcategory_list_style text_color"
    " topic_count topic_featured_link_allowed topic_template topic_title_placeholder topic_url"
    " topics.* topics_all_time topics_day topics_month topics_week topics_year"
    " uploaded_background.* uploaded_background_dark.* uploaded_logo.* uploaded_logo_dark.*"
)

_POSTS = ("", "post_stream.posts", "latest_posts")
_TOPICS = ("", "topic_list.topics", "topics")
_CATEGORIES = ("category_list.categories", "categories")

KNOWN = known_fields(
    {
        *_below("", "post_stream latest_posts topic_list topics category_list categories"),
        *(path for at in _POSTS for path in _below(at, _OF_POSTS)),
        *(
            path
            for at in _POSTS
            for path in _below(f"{at}.actions_summary".lstrip("."), _OF_SUMMARIES)
        ),
        *(path for at in _TOPICS for path in _below(at, _OF_TOPICS)),
        *(path for at in _TOPICS for path in _below(f"{at}.tags".lstrip("."), _OF_TAGS)),
        *(path for at in _CATEGORIES for path in _below(at, _OF_CATEGORIES)),
        *(path for at in _CATEGORIES for path in _below(f"{at}.subcategory_list", _OF_CATEGORIES)),
        *_below("post_stream", "posts stream isMegaTopic firstId lastId gaps.*"),
        *_below(
            "topic_list",
            "topics more_topics_url can_create_topic can_view_rank_details draft draft_key"
            " draft_sequence filter_summary for_period per_page shared_drafts.* tags.* top_tags.*",
        ),
        *_below(
            "category_list",
            "categories can_create_category can_create_topic draft draft_key draft_sequence",
        ),
        # Sic: so it stands in an answer of 2014.
        "category_list.categories.featured_user_id    s",
        # Beside the posts and topics: who they are of, and what else is worth a look.
        *_below("", "users.* primary_groups.* flair_groups.* featured_users.* groups.*"),
        *_below("", "suggested_topics.* related_topics.* related_messages.* suggested_group_name"),
        # Of a search, what it found, and that of 2014.
        *_below("", "posts.* grouped_search_result.* type name more results.*"),
        *_below("", "user_actions.* post_action_users.* total_rows_post_action_users"),
        *_below("", "errors error_type extras.* load_more_posts"),
    }
)
"""Paths as connectors.accounting reads them."""
