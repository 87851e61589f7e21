//! Which state an outline goes on with, and which states it indents.
//!
//! Each node is drawn once, by one chain. A chain claims what it is going to draw, so that a branch that
//! comes back to it ends with a reference.

use std::collections::BTreeMap;

use crate::{
    layered::{LayeredEdge, LayeredGraph, LayeredNode, LineStyle, ranks_of},
    state_graph::{EdgeKind, GraphEdge, StateGraph},
};

/// The nodes of a workflow, and who draws them.
pub(super) struct MainWay<'g> {
    graph: &'g StateGraph,
    /// How far each node is from the start.
    ranks: Vec<usize>,
    is_drawn: Vec<bool>,
    /// The chain that draws each node.
    claims: Vec<Option<usize>>,
    chains: usize,
    /// Where the edges of each node that are taken when all is well lead, without repetition.
    targets: Vec<Vec<usize>>,
}

impl<'g> MainWay<'g> {
    pub(super) fn of_graph(graph: &'g StateGraph) -> Self {
        let mut targets = vec![Vec::new(); graph.nodes.len()];
        let mut edges = Vec::new();
        for GraphEdge { from, to, .. } in graph.edges.iter().filter(|edge| !is_catch(edge)) {
            let known: &mut Vec<usize> = &mut targets[*from];
            if !known.contains(to) {
                known.push(*to);
            }
            if from != to {
                let (from, to) = (*from, *to);
                edges.push(LayeredEdge { from, to, label: None, style: LineStyle::Solid });
            }
        }
        let nodes = vec![LayeredNode::default(); graph.nodes.len()];
        Self {
            graph,
            ranks: ranks_of(&LayeredGraph { nodes, edges, last: None }),
            is_drawn: vec![false; graph.nodes.len()],
            claims: vec![None; graph.nodes.len()],
            chains: 0,
            targets,
        }
    }

    pub(super) fn is_drawn(&self, node: usize) -> bool {
        self.is_drawn[node]
    }

    pub(super) fn mark_drawn(&mut self, node: usize) {
        self.is_drawn[node] = true;
    }

    /// Begins a chain at a node: it claims what nobody has claimed.
    pub(super) fn begin_chain(&mut self, first: usize) -> usize {
        self.chains += 1;
        let chain = self.chains;
        for node in self.reachable_from(first) {
            if self.claims[node].is_none() || node == first {
                self.claims[node] = Some(chain);
            }
        }
        chain
    }

    /// The node with which a chain goes on: the one from which all others are reached, which are only
    /// skips then; or the first where most of the ways from here meet again; or the way after which
    /// the most follows. None if the chain ends.
    pub(super) fn choose_next(&self, node: usize, chain: usize) -> Option<usize> {
        let is_own = |node: &usize| !self.is_drawn[*node] && self.claims[*node] == Some(chain);
        let targets: Vec<usize> = self.targets[node].iter().copied().filter(is_own).collect();
        if let [only] = targets[..] {
            return Some(only);
        }
        let ways: Vec<Vec<usize>> =
            targets.iter().map(|target| self.reachable_from(*target)).collect();
        let reaches_all =
            |way: &Vec<usize>| targets.iter().all(|target| way.binary_search(target).is_ok());
        if let Some(all) = ways.iter().rposition(reaches_all) {
            return targets.get(all).copied();
        }
        let mut meeting: BTreeMap<usize, usize> = BTreeMap::new();
        for reached in ways.iter().flatten().filter(|node| is_own(node)) {
            *meeting.entry(*reached).or_default() += 1;
        }
        let most = meeting.values().copied().max()?;
        if most > 1 {
            let meets = meeting.iter().filter(|(_, count)| **count == most).map(|(node, _)| *node);
            return meets.min_by_key(|node| self.ranks[*node]);
        }
        let longest = ways.iter().map(Vec::len).max()?;
        let mut longest_ways = targets.iter().zip(&ways).filter(|(_, way)| way.len() == longest);
        longest_ways.next_back().map(|(target, _)| *target)
    }

    /// Whether an edge that leads away from a chain leads to what nobody else draws. `follows` is what
    /// the chain itself goes on with.
    pub(super) fn may_branch_off(
        &self,
        edge: &GraphEdge,
        follows: Option<usize>,
        chain: usize,
    ) -> bool {
        if self.is_drawn[edge.to] || Some(edge.to) == follows {
            return false;
        }
        match self.claims[edge.to] {
            None => true,
            Some(owner) => {
                let is_after = |follower| self.reachable_from(follower).contains(&edge.to);
                owner == chain && !follows.is_some_and(is_after)
            }
        }
    }

    /// Begins a chain at a node that branches off from another: it takes over what the other does not
    /// need to go on.
    pub(super) fn take_over(
        &mut self,
        first: usize,
        follows: Option<usize>,
        chain: usize,
    ) -> usize {
        self.chains += 1;
        let kept = follows.map(|follower| self.reachable_from(follower)).unwrap_or_default();
        for node in self.reachable_from(first) {
            let is_free = self.claims[node].is_none() || self.claims[node] == Some(chain);
            if is_free && !kept.contains(&node) {
                self.claims[node] = Some(self.chains);
            }
        }
        self.chains
    }

    /// The nodes that can be reached from one without passing through what is drawn, in order.
    fn reachable_from(&self, first: usize) -> Vec<usize> {
        let mut is_met = vec![false; self.graph.nodes.len()];
        let mut way = vec![first];
        while let Some(node) = way.pop() {
            if !is_met[node] && !self.is_drawn[node] {
                is_met[node] = true;
                way.extend(&self.targets[node]);
            }
        }
        (0..is_met.len()).filter(|node| is_met[*node]).collect()
    }
}

fn is_catch(edge: &GraphEdge) -> bool {
    edge.kind == EdgeKind::Catch
}
