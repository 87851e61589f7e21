use super::{ordering::count_crossings, *};

fn graph_of(count: usize, edges: &[(usize, usize)]) -> LayeredGraph {
    let edge = |&(from, to): &(usize, usize)| LayeredEdge {
        from,
        to,
        label: None,
        style: LineStyle::Solid,
    };
    LayeredGraph {
        nodes: vec![LayeredNode { size: BoxSize { width: 100.0, height: 40.0 }, side: 0.0 }; count],
        edges: edges.iter().map(edge).collect(),
        last: None,
    }
}

#[test]
fn a_chain_is_a_column() {
    let layout = lay_out(&graph_of(4, &[(0, 1), (1, 2), (2, 3)]));
    assert!(
        layout.nodes.iter().all(|node| (node.x - layout.nodes[0].x).abs() < 0.01),
        "{:?}",
        layout.nodes
    );
    assert!(layout.nodes.windows(2).all(|pair| pair[0].y + 40.0 < pair[1].y));
    assert!(layout.strokes.iter().all(|stroke| stroke.reaches_node));
}

#[test]
fn branches_stand_side_by_side_below_the_middle_of_their_node() {
    let layout = lay_out(&graph_of(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]));
    let [top, left, right, bottom] = [0, 1, 2, 3].map(|node| layout.nodes[node]);
    assert!((left.x + right.x - 2.0 * top.x).abs() < 0.1, "{:?}", layout.nodes);
    assert!(left.x + 100.0 < right.x && (top.x - bottom.x).abs() < 0.1);
}

#[test]
fn an_edge_that_closes_a_cycle_leads_upwards() {
    let layout = lay_out(&graph_of(3, &[(0, 1), (1, 2), (2, 1)]));
    assert!(layout.nodes[1].y < layout.nodes[2].y);
    let back = layout.strokes.iter().find(|stroke| stroke.edges == [2]).expect("it is drawn");
    assert!(back.points[0].y > back.points[back.points.len() - 1].y);
}

#[test]
fn branches_are_ordered_so_that_they_do_not_cross() {
    let graph = graph_of(6, &[(0, 1), (0, 2), (1, 4), (2, 3), (3, 5), (4, 5)]);
    let ranking = assign_ranks(&graph);
    let mut rows = LayeredRows::build(&graph, &ranking);
    order_rows(&mut rows);
    assert_eq!(count_crossings(&rows), 0);
}

#[test]
fn long_edges_to_one_node_share_a_line() {
    // Each node of a chain also leads to its end.
    let count = 30;
    let mut edges: Vec<(usize, usize)> = (0..count - 1).map(|node| (node, node + 1)).collect();
    edges.extend((0..count - 2).map(|node| (node, count - 1)));
    let layout = lay_out(&graph_of(count, &edges));
    let arriving = layout.strokes.iter().filter(|stroke| {
        stroke.reaches_node && stroke.edges.iter().all(|edge| edges[*edge].1 == count - 1)
    });
    assert_eq!(arriving.count(), 2, "the chain's own edge, and the line that the others share");
    assert!(layout.size.width < 250.0, "{:?}", layout.nodes);
}

/// A random graph as a state machine may be: a chain with branches, labels, loops and tall nodes.
fn random_graph(seed: u64) -> LayeredGraph {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |most: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(most).expect("small")).expect("small")
    };
    let count = 2 + below(40);
    let mut graph = graph_of(count, &[]);
    for node in &mut graph.nodes {
        let height = if below(8) == 0 { 300.0 } else { 40.0 };
        node.size = BoxSize { width: 60.0 + ordering::as_f64(below(240)), height };
    }
    for from in 0..count {
        for _ in 0..=below(3) {
            let to =
                if below(4) == 0 { below(count) } else { (from + 1 + below(4)).min(count - 1) };
            let is_known = graph.edges.iter().any(|edge| (edge.from, edge.to) == (from, to));
            if to == from || is_known {
                continue;
            }
            let label = (below(2) == 0)
                .then(|| BoxSize { width: 20.0 + ordering::as_f64(below(150)), height: 16.0 });
            let style = if below(3) == 0 { LineStyle::Dashed } else { LineStyle::Solid };
            graph.edges.push(LayeredEdge { from, to, label, style });
        }
    }
    graph
}

#[test]
fn no_box_or_label_touches_another_and_no_line_runs_through_a_box() {
    for seed in 1..300 {
        let graph = random_graph(seed);
        let layout = lay_out(&graph);
        let mut boxes: Vec<(DrawingPoint, BoxSize)> =
            layout.nodes.iter().copied().zip(graph.nodes.iter().map(|node| node.size)).collect();
        for (edge, at) in graph.edges.iter().zip(&layout.labels) {
            assert_eq!(edge.label.is_some(), at.is_some(), "seed {seed}");
            boxes.extend(at.zip(edge.label));
        }
        for (index, (a, a_size)) in boxes.iter().enumerate() {
            assert!(a.x >= -0.01 && a.y >= -0.01, "seed {seed}");
            assert!(a.x + a_size.width <= layout.size.width + 0.01, "seed {seed}");
            assert!(a.y + a_size.height <= layout.size.height + 0.01, "seed {seed}");
            for (b, b_size) in &boxes[index + 1..] {
                let is_apart = a.x + a_size.width <= b.x
                    || b.x + b_size.width <= a.x
                    || a.y + a_size.height <= b.y
                    || b.y + b_size.height <= a.y;
                assert!(is_apart, "seed {seed}: {a:?} {a_size:?} and {b:?} {b_size:?}");
            }
        }
        for point in layout.strokes.iter().flat_map(|stroke| &stroke.points) {
            for (corner, LayeredNode { size, .. }) in layout.nodes.iter().zip(&graph.nodes) {
                let is_inside = point.x > corner.x + 0.1
                    && point.x < corner.x + size.width - 0.1
                    && point.y > corner.y + 0.1
                    && point.y < corner.y + size.height - 0.1;
                assert!(!is_inside, "seed {seed}: {point:?} is in {corner:?} {size:?}");
            }
        }
        for (index, edge) in graph.edges.iter().enumerate() {
            let is_drawn = layout
                .strokes
                .iter()
                .any(|stroke| stroke.reaches_node && stroke.edges.contains(&index));
            assert!(is_drawn, "seed {seed}: {edge:?}");
        }
    }
}

#[test]
fn a_knot_is_drawn_without_lanes_for_its_longest_edges() {
    // From its start, each node of a long chain can be reached at once.
    let count = 600;
    let mut edges: Vec<(usize, usize)> = (0..count - 1).map(|node| (node, node + 1)).collect();
    edges.extend((2..count).map(|node| (0, node)));
    let mut graph = graph_of(count, &edges);
    for edge in &mut graph.edges {
        edge.label = Some(BoxSize { width: 30.0, height: 16.0 });
    }
    let layout = lay_out(&graph);
    let labels = layout.labels.iter().flatten().count();
    assert!(labels > count && labels < edges.len(), "{labels}");
    let drawn: std::collections::BTreeSet<usize> =
        layout.strokes.iter().flat_map(|stroke| stroke.edges.iter().copied()).collect();
    assert_eq!(drawn.len(), edges.len());
}
